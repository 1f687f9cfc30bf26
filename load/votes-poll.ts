import { certificateFault, proofFault } from '../engine/polls/certificates.ts'
import { receiptFault, type VerifySignature } from '../engine/polls/receipts.ts'
import type { Problem } from '../protocol/errors.ts'
import { plural } from '../protocol/plural.ts'
import type { BallotProof, Certificate, PollDocument, PollState } from '../protocol/polls.ts'
import { type JwkSet, signatureVerifier } from '../services/polls/signing-keys.ts'
import { sha256 } from '../services/sha256.ts'
import { LoadError } from './find-show.ts'
import type { Random } from './random.ts'
import { tokenSigner } from './votes-plan.ts'
import type { Ending } from './votes-verdict.ts'

const CHOICES = ['anna', 'ben', 'cleo', 'dora']
const TOKEN_TTL_S = 86_400
const ASK_TIMEOUT_MS = 30_000
/** Sealing reads all ballots, possibly millions. */
const SEAL_TIMEOUT_MS = 300_000
/** Requests to a restarting server are repeated for this long. */
const ASK_AGAIN_MS = 30_000
const ASK_EVERY_MS = 100
/** Proofs fetched concurrently. */
const PROOFS_AT_ONCE = 16
const ORDER: PollState[] = ['draft', 'open', 'closed', 'revealed', 'sealed']

export interface PollRunOptions {
  url: string
  /** Base URL of the producer's API. Default `url`. */
  studio?: string
  show: string
  /** Absent: a new poll. An existing one must have one choice per voter and no ballots. It is sealed at the end. */
  poll: string | undefined
  /** The server's HS256 secret: signs every viewer's token and the producer's. */
  secret: Uint8Array
  seed: number
  settleSeconds: number
}

interface Answered {
  status: number
  body: unknown
}

/** The producer's side of a run: opens a poll for it, and seals and reads it at the end. */
export class PollRun {
  readonly id: string
  readonly choices: string[]
  readonly #options: PollRunOptions
  readonly #token: string

  private constructor(
    options: PollRunOptions,
    { id, choices, token }: { id: string; choices: string[]; token: string },
  ) {
    this.#options = options
    this.id = id
    this.choices = choices
    this.#token = token
  }

  /** Creates and opens the poll, or uses the existing one. @throws LoadError */
  static async open(options: PollRunOptions): Promise<PollRun> {
    const { poll: named, secret, seed } = options
    const exp = Math.floor(Date.now() / 1000) + TOKEN_TTL_S
    const token = tokenSigner(secret)({ sub: 'roar-load', role: 'producer', exp })
    const id = named ?? `load-${seed.toString(36).slice(-8)}-${Date.now().toString(36)}`
    const run = (choices: string[]) => new PollRun(options, { id, choices, token })
    const created = await run(CHOICES).#studio('POST', '', {
      body: {
        poll: id,
        question: 'roar load: is every vote counted?',
        choices: CHOICES.map((choice) => ({ choice, title: choice })),
        visibility: 'live',
      },
    })
    if (created.status === 401 || created.status === 403)
      throw new LoadError(`the secret does not match ${options.url}: ${(created.body as Problem).detail}`)
    if (created.status === 201) {
      await run(CHOICES).#advance('open', 'open')
      return run(CHOICES)
    }
    if (created.status !== 409 || named === undefined)
      throw new LoadError(`the poll could not be created: ${(created.body as Problem).detail}`)
    const { state, kind, ballots, choices } = await run([]).#document()
    if (state !== 'open') throw new LoadError(`the poll "${id}" is ${state}, not open`)
    if (kind !== 'one') throw new LoadError(`the poll "${id}" is for ${kind}: this tool votes for one choice`)
    if (ballots > 0)
      throw new LoadError(
        `the poll "${id}" already has ${plural(ballots, 'ballot')}: this tool can only check its own`,
      )
    return run(choices.map(({ choice }) => choice))
  }

  /** Waits until the tally has `ballots`, then closes, reveals and seals. @throws LoadError when the server refuses */
  async finish(ballots: number): Promise<{ document: PollDocument; certificate: Certificate }> {
    const untilMs = performance.now() + 1000 * this.#options.settleSeconds
    while ((await this.#document()).ballots < ballots && performance.now() < untilMs)
      await Bun.sleep(ASK_EVERY_MS)
    await this.#advance('close', 'closed')
    await this.#advance('reveal', 'revealed')
    await this.#advance('seal', 'sealed')
    const document = await this.#document()
    return { document, certificate: await this.#get<Certificate>(`${this.#path}/certificate`) }
  }

  /** Verifies the certificate, and as many receipts with their proofs as requested, without trusting the server. */
  async verify(
    endings: Ending[],
    certificate: Certificate,
    most: number,
    random: Random,
  ): Promise<{ proofs: number; faults: string[] }> {
    const verify = remembered(signatureVerifier(await this.#get<JwkSet>('/v1/keys')))
    const held = endings.flatMap(({ receipt }) => (receipt === undefined ? [] : [receipt]))
    const chosen = sample(held, most, random)
    const fault = certificateFault(certificate, verify)
    const faults = fault === undefined ? [] : [`The certificate is not valid: ${fault}.`]
    let next = 0
    const checker = async (): Promise<void> => {
      for (let receipt = chosen[next++]; receipt !== undefined; receipt = chosen[next++]) {
        const name = `ballot ${receipt.ballot}`
        const bad = receiptFault(receipt, { sha256, verify })
        if (bad !== undefined) faults.push(`The receipt of ${name} is not valid: ${bad}.`)
        const { status, body } = await this.#ask('GET', `${this.#path}/proofs/${receipt.ballot}`)
        const wrong =
          status === 200
            ? proofFault(receipt, body as BallotProof, certificate, sha256)
            : `the server answers ${status}, ${(body as Problem).code}`
        if (wrong !== undefined) faults.push(`The proof of ${name} is not valid: ${wrong}.`)
      }
    }
    await Promise.all(Array.from({ length: PROOFS_AT_ONCE }, checker))
    return { proofs: chosen.length, faults }
  }

  get #path(): string {
    return `/v1/shows/${this.#options.show}/polls/${this.id}`
  }

  #document(): Promise<PollDocument> {
    return this.#get(this.#path)
  }

  async #get<T>(path: string): Promise<T> {
    const { status, body } = await this.#ask('GET', path)
    if (status !== 200) throw new LoadError(`${path} answers ${status}: ${(body as Problem).detail}`)
    return body as T
  }

  /** If the answer was lost, the action may have happened all the same: the state shows it. */
  async #advance(action: 'open' | 'close' | 'reveal' | 'seal', to: PollState): Promise<void> {
    const timeoutMs = action === 'seal' ? SEAL_TIMEOUT_MS : ASK_TIMEOUT_MS
    const { status, body } = await this.#studio('POST', `/${this.id}/${action}`, { timeoutMs })
    if (status === 200) return
    const { state } = await this.#document()
    if (ORDER.indexOf(state) < ORDER.indexOf(to))
      throw new LoadError(`the poll could not be ${to}: ${(body as Problem).detail}`)
  }

  #studio(
    method: string,
    path: string,
    { body, timeoutMs }: { body?: object | undefined; timeoutMs?: number },
  ): Promise<Answered> {
    const { url, studio = url, show } = this.#options
    return this.#ask(method, `/v1/studio/shows/${show}/polls${path}`, { from: studio, body, timeoutMs })
  }

  async #ask(
    method: string,
    path: string,
    {
      from = this.#options.url,
      body,
      timeoutMs = ASK_TIMEOUT_MS,
    }: { from?: string; body?: object | undefined; timeoutMs?: number | undefined } = {},
  ): Promise<Answered> {
    const untilMs = performance.now() + ASK_AGAIN_MS
    for (;;) {
      let cause: unknown
      try {
        const response = await fetch(new URL(path, from), {
          method,
          headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
          signal: AbortSignal.timeout(timeoutMs),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const answered = { status: response.status, body: (await response.json()) as unknown }
        if (response.status < 500 && response.status !== 429) return answered
        cause = new Error(`${response.status}, ${(answered.body as Problem).detail}`)
      } catch (failure) {
        cause = failure
      }
      if (performance.now() > untilMs)
        throw new LoadError(`${path} did not answer: ${(cause as Error).message}`, { cause })
      await Bun.sleep(ASK_EVERY_MS)
    }
  }
}

/** The receipts of a batch share one signature, which is verified once. */
function remembered(verify: VerifySignature): VerifySignature {
  const known = new Map<string, boolean>()
  return (text, kid, signed) => {
    const name = `${kid} ${signed.signature} ${Math.floor(signed.atMs / 1000)} ${text}`
    let good = known.get(name)
    if (good === undefined) {
      good = verify(text, kid, signed)
      known.set(name, good)
    }
    return good
  }
}

/** A uniform random sample of at most `most` (Fisher-Yates, stopped early). */
function sample<T>(all: T[], most: number, random: Random): T[] {
  const rest = [...all]
  const size = Math.min(most, rest.length)
  for (let at = 0; at < size; at++) {
    const other = at + Math.floor(random() * (rest.length - at))
    ;[rest[at], rest[other]] = [rest[other]!, rest[at]!]
  }
  return rest.slice(0, size)
}
