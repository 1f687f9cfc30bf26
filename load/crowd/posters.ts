import { MATCH_MS, matchClock } from '../../engine/match.ts'
import type { GuestAnswer } from '../../protocol/packets.ts'
import type { Random } from '../random.ts'
import { pick } from '../schedule.ts'
import type { Moment } from './answer.ts'
import { NAMES } from './names.ts'

/** Posts per second when the ground is loud, and when it is silent. */
const LOUD_PER_S = 3
const SILENT_PER_S = 0.2
const TIMEOUT_MS = 5_000
/** Posts in flight at once; while the server is unreachable no more are tried. */
const OPEN_MAX = 4

/** A few of the crowd who post as named guests. */
export class Posters {
  readonly #url: string
  readonly #show: string
  readonly #random: Random
  readonly #tokens = new Map<string, string>()
  #open = 0
  #faults = 0

  constructor({ url, show, random }: { url: string; show: string; random: Random }) {
    this.#url = url
    this.#show = show
    this.#random = random
  }

  /** Posts at random, at the current rate. */
  tick({ serverMs, sliceMs, shape }: Moment): void {
    const place = matchClock(serverMs) / MATCH_MS
    const perS = SILENT_PER_S + LOUD_PER_S * shape.intensityAt(place)
    if (this.#open >= OPEN_MAX || this.#random() > (perS * sliceMs) / 1000) return
    const sticker = pick(shape.stickersAt(place), this.#random())
    const name = NAMES[Math.floor(this.#random() * NAMES.length)]!
    this.#open++
    this.#post(name, sticker)
      .catch((error: Error) => this.#fault(error))
      .finally(() => this.#open--)
  }

  async #post(name: string, sticker: string): Promise<void> {
    const token = this.#tokens.get(name) ?? (await this.#guest(name))
    const response = await this.#send(
      `/v1/shows/${this.#show}/posts`,
      { sticker },
      { Authorization: `Bearer ${token}` },
    )
    // The server has another secret, or the token has expired: the next post asks for a new one.
    if (response.status === 401) this.#tokens.delete(name)
    else if (!response.ok)
      throw new Error(`a post was answered with ${response.status}: ${await response.text()}`)
  }

  async #guest(name: string): Promise<string> {
    const response = await this.#send('/v1/viewers', { name })
    if (!response.ok) throw new Error(`no token for a guest (${response.status}): ${await response.text()}`)
    const { token } = (await response.json()) as GuestAnswer
    this.#tokens.set(name, token)
    return token
  }

  #send(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.#url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  }

  /** Logged once: the taps continue without posts, and a restarting server should not fill the terminal. */
  #fault({ message }: Error): void {
    if (this.#faults++ === 0) console.error(`crowd: ${message}`)
  }
}
