import type { Logger } from 'pino'
import { isCosignature, type WitnessKey } from '../../engine/polls/checkpoints.ts'
import type { GrowingTree } from '../../engine/polls/growing-tree.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import { readSignature, signatureLine } from '../../protocol/checkpoints.ts'
import { plural } from '../../protocol/plural.ts'
import { boundedText } from '../http/body.ts'
import { verifyBytes } from './signing-keys.ts'

/** How long a witness may take to respond, in milliseconds: a seal waits for at most two requests. */
const ANSWER_MS = 1000
/** A response is a few lines; a longer one is invalid. */
const ANSWER_BYTES_MAX = 16_384
/** Logs whose last size is remembered for each witness. Beyond it the witness states its size itself. */
const LOGS_MAX = 64

export interface Witness extends WitnessKey {
  /** The witness's published key. */
  text: string
  url: string
}

/** A head to be cosigned, and its tree. */
export interface Witnessed {
  origin: string
  size: number
  /** With the log's own signature. */
  note: string
  tree: GrowingTree
}

/**
 * Asks witnesses to cosign heads (C2SP tlog-witness). A witness signs only what extends the size that it saw before, so each
 * request contains that proof; a witness that saw another size, through another process, says so, and is asked once more. A
 * witness that is slow, unreachable or refuses has not signed: nothing waits for it longer than twice `ANSWER_MS`.
 */
export class Witnesses {
  readonly #witnesses: readonly Witness[]
  readonly #logger: Logger
  /** The size that a witness saw last, by its key and the log's origin. */
  readonly #seen: RecentMap<string, number>

  constructor(witnesses: readonly Witness[], logger: Logger) {
    this.#witnesses = witnesses
    this.#logger = logger
    this.#seen = new RecentMap(LOGS_MAX * Math.max(1, witnesses.length))
  }

  get keys(): string[] {
    return this.#witnesses.map(({ text }) => text)
  }

  /** The cosignature lines received in time, each verified. Never rejects. */
  async cosign(head: Witnessed): Promise<string[]> {
    const lines = await Promise.all(
      this.#witnesses.map((witness) =>
        this.#ask(witness, head).catch((cause: Error) => {
          this.#logger.warn({ witness: witness.name, poll: head.origin }, `no cosignature: ${cause.message}`)
          return undefined
        }),
      ),
    )
    return lines.filter((line) => line !== undefined)
  }

  async #ask(witness: Witness, head: Witnessed): Promise<string> {
    const name = `${witness.text} ${head.origin}`
    let answer = await post(witness, head, this.#seen.get(name) ?? 0)
    if (answer.status === 409) {
      const seen = /^(\d{1,15})\n?$/.exec(answer.body)?.[1]
      if (seen === undefined || Number(seen) > head.size)
        throw new Error(
          `it has seen ${seen ?? 'something else'}, and this head has ${plural(head.size, 'ballot')}`,
        )
      answer = await post(witness, head, Number(seen))
    }
    if (answer.status !== 200) throw new Error(`it answers ${answer.status}`)
    const text = head.note.slice(0, head.note.indexOf('\n\n') + 1)
    const line = answer.body
      .split(/(?<=\n)/)
      .map(readSignature)
      .find((line) => line !== undefined && isCosignature(line, { text, witness, verify: verifyBytes }))
    if (line === undefined) throw new Error('its signature is not valid')
    this.#seen.set(name, head.size)
    // Written anew: the witness's own line is appended to others, and may lack its line break.
    return signatureLine(line)
  }
}

async function post({ url }: Witness, { size, note, tree }: Witnessed, seen: number) {
  const path = seen === 0 ? [] : await tree.consistency(seen, size)
  const proof = path.map((hash) => `${hash.toBase64()}\n`)
  const response = await fetch(`${url}/add-checkpoint`, {
    method: 'POST',
    body: `old ${seen}\n${proof.join('')}\n${note}`,
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  return { status: response.status, body: await boundedText(response, ANSWER_BYTES_MAX) }
}
