import type { BurstAnswer, BurstRequest } from '../../protocol/packets.ts'
import type { RoarError } from './error.ts'
import { retryInMs } from './machine.ts'
import type { Platform } from './platform.ts'
import { notRoar, request } from './request.ts'
import { type Stickers, waitingTaps } from './taps.ts'
import type { Token } from './token.ts'

/** The outcome of a burst. */
export interface BurstEvents {
  /** The server accepted it: these taps are counted, 1/`sample` times each. */
  accepted: { stickers: Stickers; sample: number }
  /** Left out by sampling: the bursts that are sent stand for it. */
  skipped: { stickers: Stickers; sample: number }
  /** It will not be sent again. With code `network` the answer was lost, and whether it was counted is unknown. */
  refused: { stickers: Stickers; code: RoarError['code']; detail: string }
}

export interface SenderOptions {
  platform: Platform
  url: string
  segment: string | undefined
  /** How far the viewer's picture is behind, sent with each burst. */
  delayMs?: (() => number | undefined) | undefined
  /** The token to send; `undefined` if it would require a preflight. */
  token: Token | undefined
  /** Whether the show has the sticker; undefined while the show is unknown. */
  knows(sticker: string): boolean | undefined
  /** A harmless request; rejects while the server does not answer. */
  probe(): Promise<unknown>
  emit<Name extends keyof BurstEvents>(name: Name, event: BurstEvents[Name]): void
}

type Told<Body> = { [Name in keyof Body]: Body[Name] | undefined }

/** A refused token is sent again after this time: the cause may be fixed by then. */
const REFUSED_MS = 60_000
/** How long the first taps are gathered at most, so that a double tap is one burst and a crowd is spread out. */
const GATHER_MS_MAX = 100

/**
 * Sends taps as bursts: one at a time, at most one every `flushMs`, the first at once.
 *
 * At most once. Only a 202 says that a burst is counted, and a burst has no id by which the
 * server could recognise a repeat, so a burst whose answer was lost is given up and reported as `refused`: applause may lack
 * a clap, but must not contain one that nobody made. An outage costs one burst: later taps wait,
 * up to `TAPS_WAITING_MAX`, until the server has answered a harmless question.
 *
 * ```
 * 202                     counted: `accepted`
 * 408, 429, 503           not counted: back to the waiting taps, sent after Retry-After or backoff; a proxy's own too
 * 400 bad_sample          not counted: back to the waiting taps, sent whole
 * 400 unknown_sticker     not counted: the stickers that the show has go back to the waiting taps, the others are `refused`
 * 401 with a token        not counted: back to the waiting taps, sent with a newer token, or without the refused one
 * any other 4xx or 5xx    given up: `refused`
 * no answer, was sent     given up: `refused` with `network`, or `not_roar` where a proxy answered; then ask until Roar answers
 * no answer, not sent     back to the waiting taps (Bun and Node know this, browsers do not tell)
 * ```
 */
export function createSender({ platform, url, segment, delayMs, token, knows, probe, emit }: SenderOptions) {
  const { after, now, random } = platform
  const taps = waitingTaps()
  let flushMs = 1000
  let share = 1
  let refused: string | undefined
  let refusedUntil = 0
  /** Earliest time of the next burst. */
  let notBefore = 0
  let failures = 0
  let doubtful = false
  let held = false
  /** Whether waiting for a token timed out: the next bursts use what is there. */
  let late = false
  let closed = false
  let busy: Promise<void> | undefined
  let cancel: (() => void) | undefined

  function* rest(): Generator<Stickers> {
    while (taps.size()) yield taps.take()
  }

  /** Applies the server's pace. Both answers that contain one must have it: otherwise they are not Roar's. */
  function pace(answer: { flushMs: number }): void {
    if (!(answer.flushMs > 0)) throw notRoar()
    flushMs = answer.flushMs
  }

  function schedule(): void {
    if (cancel || busy || held || closed || !taps.size()) return
    cancel = after(Math.max(random() * GATHER_MS_MAX, notBefore - now()), () => {
      cancel = undefined
      busy = flush().finally(() => {
        busy = undefined
        schedule()
      })
    })
  }

  async function flush(): Promise<void> {
    // The server's answer to a burst sent as the page was hidden may have asked for a longer wait since the timer was set.
    if (now() < notBefore) return
    if (doubtful)
      await probe().then(() => {
        doubtful = false
      }, backOff)
    const newest = await tokenNow()
    if (doubtful || held || closed) return
    if (taps.size()) await send(taps.take(), newest)
  }

  /** Taps need no token: without one none is held back, and a late one delays only the first. */
  const tokenNow = async (refused?: string) => {
    if (late && !refused) return token?.peek()
    return token?.get(refused).catch(() => {
      late = true
      return undefined
    })
  }

  async function send(stickers: Stickers, newest: string | undefined): Promise<void> {
    const sample = share
    const sent = newest === refused && now() < refusedUntil ? undefined : newest
    notBefore = now() + flushMs
    if (sample < 1 && random() >= sample) return emit('skipped', { stickers, sample })
    try {
      const answer = await request<BurstAnswer>(platform, url, 'flushMs', {
        // JSON omits undefined. What `delayMs` throws refuses the burst.
        body: {
          stickers,
          segment,
          delayMs: delayMs?.(),
          sample: sample < 1 ? sample : undefined,
        } satisfies Told<BurstRequest>,
        token: sent,
      })
      pace(answer)
      share = answer.sample
      failures = 0
      emit('accepted', { stickers, sample })
    } catch (cause) {
      // `delayMs` may throw anything, with no code of ours.
      const error = Object(cause) as RoarError
      if (error.status === 401 && sent) await leaveOut(sent)
      else if (!mayRepeat(stickers, error)) return refuse(stickers, error.code ?? 'delay', error.message)
      keep(stickers)
    }
  }

  /** The server refused the token: asks for a newer one, and omits this one for a while. */
  async function leaveOut(sent: string): Promise<void> {
    refused = sent
    refusedUntil = now() + REFUSED_MS
    await tokenNow(sent)
  }

  /** Whether the burst was certainly not counted and sending it again can help. Adjusts what the next one does differently. */
  function mayRepeat(stickers: Stickers, error: RoarError): boolean {
    const { code, status } = error
    if (error.retryable) backOff(error)
    doubtful ||= code === 'network' || code === 'not_roar'
    if (code === 'network') return neverSent(error)
    if (code === 'unknown_sticker') return !Object.keys(stickers).every(knows)
    if (code === 'bad_sample' && share < 1) {
      share = 1
      return true
    }
    return /408|429|503/.test(`${status}`)
  }

  function backOff({ retryAfterMs = 0 }: RoarError): void {
    notBefore = Math.max(notBefore, now() + retryAfterMs + retryInMs(++failures, random))
  }

  /** Queues taps: new ones, and those of a burst that was not counted. */
  function keep(stickers: Stickers): void {
    for (const [sticker, count] of Object.entries(stickers)) {
      const why = closed ? 'closed' : knows(sticker) === false ? 'unknown_sticker' : 'overflow'
      const over = count - (why === 'overflow' ? taps.add(sticker, count) : 0)
      if (over > 0) refuse({ [sticker]: over }, why)
    }
  }

  const refuse = (stickers: Stickers, code: RoarError['code'], detail: string = code) =>
    emit('refused', { stickers, code, detail })

  return {
    pace,
    react(sticker: string): void {
      keep({ [sticker]: 1 })
      schedule()
    },
    /**
     * While held nothing is sent: taps wait. Afterwards the server is probed first: a network that is back may only seem open.
     */
    hold(yes: boolean): void {
      held = yes
      doubtful ||= yes
      schedule()
    },
    /**
     * Sends everything now without waiting for answers: the page may be gone the next moment. Not while the server asked to wait
     * or does not answer: then the taps keep waiting, in case the page comes back.
     */
    leave(): void {
      if (held || failures > 0) return
      for (const stickers of rest()) void send(stickers, token?.peek())
    },
    /** Sends everything that waits, burst by burst, and settles when each is answered or given up. */
    async drain(): Promise<void> {
      closed = true
      cancel?.()
      await busy
      for (const stickers of rest()) {
        if (held || failures > 0) keep(stickers)
        else await send(stickers, await tokenNow())
      }
    },
    /** Sends nothing more. Waiting taps are reported as `refused`. */
    close(): void {
      closed = true
      cancel?.()
      for (const stickers of rest()) keep(stickers)
    },
  }
}

/**
 * Whether the request certainly never left: no connection was made. Node puts the reason into the error's cause, Bun into the
 * error.
 */
function neverSent({ cause }: RoarError): boolean {
  const error = cause as { code?: string; cause?: { code?: string } } | undefined
  return /refused|notfound|again|ToOpen/i.test(`${error?.code ?? error?.cause?.code}`)
}
