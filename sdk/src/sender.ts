import type { BurstAnswer, BurstRequest } from '../../protocol/packets.ts'
import type { RoarError } from './error.ts'
import { backoffMs } from './machine.ts'
import type { Platform } from './platform.ts'
import { request } from './request.ts'
import { type Stickers, Taps } from './taps.ts'

/** What became of a burst. */
export interface BurstEvents {
  /** The server took it: these taps are counted, 1/`sample` times each. */
  accepted: { stickers: Stickers; sample: number }
  /** The dice of `sample` left it out: the bursts that are sent stand for it. */
  skipped: { stickers: Stickers; sample: number }
  /** It will not be sent again. With code `network` the answer was lost, and whether it was counted is not known. */
  refused: { stickers: Stickers; code: RoarError['code']; detail: string }
}

export interface SenderOptions {
  platform: Platform
  url: string
  segment: string | undefined
  /** The token to send along, where that costs no question ahead. */
  token(): string | undefined
  /** Whether the show has the sticker; true as long as the show is not known. */
  knows(sticker: string): boolean
  /** Asks the server something harmless; rejects while it does not answer. */
  probe(): Promise<unknown>
  emit<Name extends keyof BurstEvents>(name: Name, event: BurstEvents[Name]): void
}

/** Taps of the first moment are gathered for up to this long, so that a double tap is one burst and a crowd is spread out. */
const GATHER_MS_MAX = 100

/**
 * Sends taps as bursts: one at a time, at most one every `flushMs`, the first at once.
 *
 * At most once. The contract's 202 is the only thing that says a burst is counted, and a burst has no id by which the
 * server could know a repeat, so a burst whose answer was lost is given up and told as `refused`: an applause may lack
 * a clap, and must not hold one that nobody made. What the loss costs is one burst an outage: taps made after it wait,
 * up to `TAPS_WAITING_MAX`, until the server has answered a harmless question.
 *
 * ```
 * 202                     counted: `accepted`
 * 408, 429, 503           not counted: back to the waiting taps, sent after Retry-After or backoff
 * 400 bad_sample          not counted: back to the waiting taps, sent whole
 * 400 unknown_sticker     not counted: the stickers that the show has go back to the waiting taps, the others are `refused`
 * 401 with a token        not counted: back to the waiting taps, sent without it from now on
 * another 4xx or 5xx      given up: `refused`
 * no answer, was sent     given up: `refused` with `network`; then ask until somebody answers
 * no answer, not sent     back to the waiting taps (Bun and Node know this, browsers do not tell)
 * ```
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #taps = new Taps()
  #flushMs = 1000
  #sample = 1
  #anonymous = false
  /** Not before this time. */
  #notBefore = 0
  #failures = 0
  #doubtful = false
  #held = false
  #closed = false
  #busy: Promise<void> | undefined
  #cancel: (() => void) | undefined

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** The server's wish, until an answer to a burst says another. */
  set flushMs(flushMs: number) {
    this.#flushMs = flushMs
  }

  react(sticker: string): void {
    this.#keep({ [sticker]: 1 })
    this.#schedule()
  }

  /** While held nothing is sent: the taps wait. */
  hold(held: boolean): void {
    this.#held = held
    this.#schedule()
  }

  /**
   * Sends all that waits now and without waiting for answers: the page may be gone the next moment. Not while the
   * server asked for patience or does not answer: then the taps wait on, for the case that the page comes back.
   */
  leave(): void {
    if (this.#held || this.#failures > 0) return
    for (const stickers of this.#rest()) void this.#send(stickers)
  }

  /** Sends all that waits, one burst after the other, and settles when each has its answer or is given up. */
  async drain(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    await this.#busy
    for (const stickers of this.#rest()) {
      if (this.#held || this.#failures > 0) this.#keep(stickers)
      else await this.#send(stickers)
    }
  }

  /** Sends nothing more. What still waits is told as `refused`. */
  close(): void {
    this.#closed = true
    this.#cancel?.()
    for (const stickers of this.#rest()) this.#keep(stickers)
  }

  *#rest(): Generator<Stickers> {
    for (let stickers = this.#taps.take(); stickers; stickers = this.#taps.take()) yield stickers
  }

  #schedule(): void {
    if (this.#cancel || this.#busy || this.#held || this.#closed || this.#taps.size === 0) return
    const { after, now, random } = this.#options.platform
    const gatherMs = random() * Math.min(GATHER_MS_MAX, this.#flushMs)
    this.#cancel = after(Math.max(gatherMs, this.#notBefore - now()), () => {
      this.#cancel = undefined
      this.#busy = this.#flush().finally(() => {
        this.#busy = undefined
        this.#schedule()
      })
    })
  }

  async #flush(): Promise<void> {
    // A burst sent as the page was hidden may have been told to wait since the timer was set.
    if (this.#options.platform.now() < this.#notBefore) return
    if (this.#doubtful) await this.#ask()
    if (this.#doubtful || this.#held || this.#closed) return
    const stickers = this.#taps.take()
    if (stickers) await this.#send(stickers)
  }

  async #ask(): Promise<void> {
    try {
      await this.#options.probe()
      this.#doubtful = false
    } catch (cause) {
      this.#backOff(cause as RoarError)
    }
  }

  async #send(stickers: Stickers): Promise<void> {
    const { platform, url, segment, token, emit } = this.#options
    const sample = this.#sample
    this.#notBefore = platform.now() + this.#flushMs
    if (sample < 1 && platform.random() >= sample) return emit('skipped', { stickers, sample })
    const body: BurstRequest = { stickers, ...(segment && { segment }), ...(sample < 1 && { sample }) }
    try {
      const sent = { body, token: this.#anonymous ? undefined : token() }
      const answer = await request<BurstAnswer>(platform, url, sent)
      this.#flushMs = answer.flushMs
      this.#sample = answer.sample
      this.#failures = 0
      emit('accepted', { stickers, sample })
    } catch (cause) {
      this.#failed(stickers, cause as RoarError)
    }
  }

  #failed(stickers: Stickers, error: RoarError): void {
    if (!this.#mayRepeat(stickers, error)) this.#refuse(stickers, error.code, error.message)
    else this.#keep(stickers)
  }

  /** Whether the burst surely was not counted and sending it again can help. Changes what the next one does differently. */
  #mayRepeat(stickers: Stickers, error: RoarError): boolean {
    const { code, status, retryable } = error
    const { token, knows } = this.#options
    if (retryable) this.#backOff(error)
    if (code === 'network') {
      this.#doubtful = true
      return neverSent(error)
    }
    if (code === 'unknown_sticker') return !Object.keys(stickers).every(knows)
    if (code === 'bad_sample' && this.#sample < 1) {
      this.#sample = 1
      return true
    }
    if (status === 401 && token() && !this.#anonymous) {
      this.#anonymous = true
      return true
    }
    return status === 408 || status === 429 || status === 503
  }

  #backOff({ retryAfterMs = 0 }: RoarError): void {
    const { now, random } = this.#options.platform
    const waitMs = retryAfterMs + backoffMs(++this.#failures, random)
    this.#notBefore = Math.max(this.#notBefore, now() + waitMs)
  }

  /** Lets taps wait: those just made, and those of a burst that was not counted. */
  #keep(stickers: Stickers): void {
    for (const [sticker, count] of Object.entries(stickers)) {
      const why = this.#closed ? 'closed' : this.#options.knows(sticker) ? 'overflow' : 'unknown_sticker'
      const refused = count - (why === 'overflow' ? this.#taps.add(sticker, count) : 0)
      if (refused > 0) this.#refuse({ [sticker]: refused }, why)
    }
  }

  #refuse(stickers: Stickers, code: RoarError['code'], detail = `Not sent: ${code}`): void {
    this.#options.emit('refused', { stickers, code, detail })
  }
}

/** Whether the request surely never left: no connection was made. Node has the reason in the error's cause, Bun in the error. */
function neverSent({ cause }: RoarError): boolean {
  const error = cause as { code?: string; cause?: { code?: string } } | undefined
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ConnectionRefused|FailedToOpenSocket)$/.test(
    error?.cause?.code ?? error?.code ?? '',
  )
}
