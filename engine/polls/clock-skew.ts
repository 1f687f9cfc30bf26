/** Between this process's clock and the log's more is not a matter of a network: no vote has a time that can be trusted. */
export const SKEW_MS_MAX = 1_000
/** A skew that was measured so long ago may be mended: the next append measures it again. */
const MEASURED_FOR_MS = 60_000

/** An append was sent and confirmed at these times of our clock; the log says that it took it at `takenMs`. */
export interface TimedAppend {
  sentMs: number
  confirmedMs: number
  takenMs: number
}

/**
 * How far this process's clock is from the log's. The log takes a record between the moments in which it is sent and
 * confirmed: what its clock says outside of them is the skew, whatever the network does. Pure: the caller says the times.
 */
export class ClockSkew {
  #measured = { skewMs: 0, fromMs: 0, untilMs: 0 }
  /** The newest that the log's clock was seen to be. */
  #newestMs = 0

  appended({ sentMs, confirmedMs, takenMs }: TimedAppend): void {
    const skewMs = takenMs > confirmedMs ? takenMs - confirmedMs : Math.min(0, takenMs - sentMs)
    this.#measured = { skewMs, fromMs: confirmedMs, untilMs: confirmedMs + MEASURED_FOR_MS }
  }

  /** A record was read: the log's clock was at `takenMs` by then, at least. */
  read(takenMs: number): void {
    this.#newestMs = Math.max(this.#newestMs, takenMs)
  }

  /** Whether the skew was measured recently. A measurement in the future does not count: our clock was set back since. */
  isMeasured(nowMs: number): boolean {
    const { fromMs, untilMs } = this.#measured
    return nowMs >= fromMs && nowMs < untilMs
  }

  /** Above 0: our clock is behind the log's. Below: ahead of it. */
  skewMs(nowMs: number): number {
    const { skewMs } = this.#measured
    const behindMs = Math.max(0, this.#newestMs - nowMs)
    return this.isMeasured(nowMs) && Math.abs(skewMs) > behindMs ? skewMs : behindMs
  }

  /** The log's time; never before that of a record that was read. */
  logMs(nowMs: number): number {
    return Math.max(nowMs + this.skewMs(nowMs), this.#newestMs)
  }

  /** Whether a clock that is `offMs` ahead of ours (below 0: behind) is the log's, while ours is not. */
  agreesWith(offMs: number, nowMs: number): boolean {
    const skewMs = this.skewMs(nowMs)
    return Math.abs(skewMs) > SKEW_MS_MAX && Math.abs(skewMs - offMs) <= SKEW_MS_MAX
  }

  /** Why times of our clock cannot be trusted; undefined: they can. */
  fault(nowMs: number): string | undefined {
    const skewMs = this.skewMs(nowMs)
    if (Math.abs(skewMs) <= SKEW_MS_MAX) return undefined
    return `this server's clock is more than ${SKEW_MS_MAX} ms ${skewMs > 0 ? 'behind' : 'ahead of'} the log's`
  }
}
