import type { Clock } from '../../adapters/clock/clock.ts'

const LOOK_MS = 500
/** Less than the log waits until it gives what a silent process reads to another. */
const STOOD_MS = 3_000

/**
 * Whether another process may have taken over without this one knowing: it stood still, as one that was stopped or whose machine
 * slept, or was cut off. In doubt nothing is published that lasts, until the store says whose term it is.
 */
export interface Doubt {
  /** Also right before anything else of this process has run again. */
  isSure(): boolean
  /** Something else is a reason to doubt. */
  raise(): void
  /**
   * Asks whether nobody has taken over. A doubt that came meanwhile stays.
   * @returns whether nobody has; then it is sure again, and `publish` is called, unless there was no doubt
   */
  settle(isOurs: () => Promise<boolean>, publish: () => void): Promise<boolean>
  close(): void
}

export function watchDoubt(clock: Pick<Clock, 'passedMs' | 'after'>): Doubt {
  /** Each doubt is an object of its own. */
  let doubt: object | undefined
  let lookedMs = clock.passedMs()
  let cancel = () => {}
  const standsStill = () => clock.passedMs() - lookedMs >= STOOD_MS

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    if (standsStill()) doubt = {}
    lookedMs = clock.passedMs()
  }
  look()

  return {
    isSure: () => doubt === undefined && !standsStill(),
    raise() {
      doubt = {}
    },
    async settle(isOurs, publish) {
      if (standsStill()) doubt = {}
      const asked = doubt
      if (asked === undefined) return true
      const own = await isOurs()
      if (doubt === asked) doubt = undefined
      if (own) publish()
      return own
    },
    close() {
      cancel()
      // What it knew last holds to the end.
      lookedMs = Number.POSITIVE_INFINITY
    },
  }
}
