import { clockMs } from '../../load/clock.ts'
import type { Histogram } from '../../load/histogram.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import { processCpuMs } from '../../services/process-cpu.ts'
import { openFleet, type TransportName } from '../edge/fleet.ts'
import { Spell } from './spell.ts'

const TAP_EVERY_MS = 10
/** Of each so many taps one is a vote besides. */
const VOTE_EVERY = 5
const WINDOW_MS = 250
/** Begins the time of a packet, which is of as many digits for the next 260 years. */
const AT = '"at":'
const AT_DIGITS = 13
const TOKEN_TTL_S = 86_400
const CHOICES = ['anna', 'ben']
/** Further polls, so that a show has values to ask for. */
const POLLS = 20
/** An answer that did not come by then does not come. */
const ANSWER_MAX_MS = 30_000
const LATE_MS = 15_000
/** The certificate is one that this bench has made. */
const UNVERIFIED = { rejectUnauthorized: false }

/** Viewers of a `roar up`, people who tap and people who vote, and what they get of it. */
export class HealthyCrowd {
  /** Taps and votes that were not taken, by their answer. */
  readonly refused = new Map<string, number>()
  readonly #url: string
  readonly #viewers: number
  readonly #pid: number
  readonly #sign: (viewer: string) => string
  readonly #fleet: { bytes(): number; close(): void }
  /** How many viewers heard each packet. */
  readonly #heardBy: Map<number, number>
  readonly #packets: { into: Histogram }
  #voters = 0
  #underWay = 0

  private constructor(given: {
    url: string
    viewers: number
    pid: number
    sign: (viewer: string) => string
    fleet: { bytes(): number; close(): void }
    heardBy: Map<number, number>
    packets: { into: Histogram }
  }) {
    this.#url = given.url
    this.#viewers = given.viewers
    this.#pid = given.pid
    this.#sign = given.sign
    this.#fleet = given.fleet
    this.#heardBy = given.heardBy
    this.#packets = given.packets
  }

  /** Opens the polls, and settles when every viewer is there. */
  static async come({
    url,
    port,
    transport,
    viewers,
    pid,
    secret,
  }: {
    url: string
    port: number
    transport: TransportName
    viewers: number
    pid: number
    secret: string
  }): Promise<HealthyCrowd> {
    const signer = tokenSigner(new TextEncoder().encode(secret))
    const exp = Math.floor(Date.now() / 1000) + TOKEN_TTL_S
    const producer = signer({ sub: 'bench', role: 'producer', exp })
    for (let poll = 0; poll < POLLS; poll++) {
      const choices = CHOICES.map((choice) => ({ choice, title: choice }))
      const rules = { poll: `p${poll}`, question: 'Who?', choices, visibility: 'live' }
      for (const [path, body] of [
        ['', rules],
        [`/p${poll}/open`, {}],
      ] as const) {
        const at = `${url}/v1/studio/shows/final/polls${path}`
        const { ok, status } = await send(at, JSON.stringify(body), producer)
        if (!ok) throw new Error(`a poll could not be opened: ${status}`)
      }
    }
    const heardBy = new Map<number, number>()
    const packets = { into: new Spell().packets }
    const onPacket = (_nth: number, chunk: Buffer, at: number) => {
      const from = at + AT.length
      const time = Number(chunk.toString('latin1', from, from + AT_DIGITS))
      heardBy.set(time, (heardBy.get(time) ?? 0) + 1)
      packets.into.add(clockMs() - (time + WINDOW_MS))
    }
    const fleet = await openFleet(port, transport, viewers, { mark: AT, onPacket })
    // The value of before is heard by some of them.
    heardBy.clear()
    const sign = (sub: string) => signer({ sub, exp })
    return new HealthyCrowd({ url, viewers, pid, sign, fleet, heardBy, packets })
  }

  /** They tap, vote and watch for so long. @throws when a viewer was cut */
  async live(ms: number): Promise<Spell> {
    const spell = new Spell()
    this.#packets.into = spell.packets
    const [startedMs, cpuMs] = [performance.now(), processCpuMs(this.#pid)]
    for (let nth = 0; nth * TAP_EVERY_MS < ms; nth++) {
      const dueMs = startedMs + nth * TAP_EVERY_MS
      await Bun.sleep(Math.max(0, dueMs - performance.now()))
      void this.#ask('reactions', '{"stickers":{"heart":1}}', undefined, { dueMs, into: spell.taps })
      if (nth % VOTE_EVERY > 0) continue
      const token = this.#sign(`voter-${this.#voters++}`)
      void this.#ask('polls/p0/votes', '{"choice":"anna"}', token, { dueMs, into: spell.votes })
    }
    while (this.#underWay > 0) await Bun.sleep(2)
    spell.serverMs = processCpuMs(this.#pid) - cpuMs
    spell.wallMs = performance.now() - startedMs
    // Throws if a connection has ended.
    this.#fleet.bytes()
    return spell
  }

  /** The same, with the longest turn of the server's event loop. */
  async liveTimed(ms: number): Promise<Spell> {
    await this.#longestTurnMs()
    const spell = await this.live(ms)
    spell.longestTurnMs = await this.#longestTurnMs()
    return spell
  }

  /** Since it was last asked for. */
  async #longestTurnMs(): Promise<number> {
    const metrics = await (await fetch(`${this.#url}/metrics`, { tls: UNVERIFIED })).text()
    return 1000 * Number(metrics.match(/^nodejs_eventloop_lag_max_seconds (.*)$/m)![1])
  }

  async #ask(
    path: string,
    body: string,
    token: string | undefined,
    { dueMs, into }: { dueMs: number; into: Histogram },
  ): Promise<void> {
    this.#underWay++
    const ask = () => send(`${this.#url}/v1/shows/final/${path}`, body, token)
    // As browsers do: a server may close a kept-alive connection while a request is on its way.
    const answer = await ask()
      .catch(ask)
      .catch((cause: Error) => ({ ok: false, status: cause.message }))
    this.#underWay--
    into.add(performance.now() - dueMs)
    if (answer.ok) return
    const what = `${path}: ${answer.status}`
    this.refused.set(what, (this.refused.get(what) ?? 0) + 1)
  }

  /** How many deliveries are missing, once what is under way has come. */
  async missing(): Promise<number> {
    const missing = () =>
      this.#heardBy.values().reduce((sum, heardBy) => sum + Math.abs(this.#viewers - heardBy), 0)
    const untilMs = performance.now() + LATE_MS
    while (missing() > 0 && performance.now() < untilMs) await Bun.sleep(50)
    return missing()
  }

  leave(): void {
    this.#fleet.close()
  }
}

const send = (url: string, body: string, token?: string): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(ANSWER_MAX_MS),
    tls: UNVERIFIED,
  })
