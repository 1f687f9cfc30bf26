import type { Clock } from '../../adapters/clock/clock.ts'
import { RoarError } from '../../protocol/errors.ts'

const LOOK_MS = 500
/** Less than the log waits until it gives what a silent process reads to another. */
const STOOD_MS = 3_000
/** So often the store is asked in a row while this process stands still in each of its answers. */
const ASKED_MAX = 5

/**
 * Whether another process may have taken over without this one knowing: it stood still, as one that was stopped or whose machine
 * slept, or was cut off. In doubt the store is asked whose term it is before anything is published that lasts.
 */
export interface Doubt {
  /** Also right before anything else of this process has run again. */
  isSure(): boolean
  /** Something else is a reason to doubt. */
  raise(): void
  /**
   * Asks, unless there is no doubt.
   * @returns whether nobody has taken over; then it is sure again, and what was not published in doubt is published
   * @throws whatever asking throws, and `store_unavailable` where each answer comes too late to mean anything
   */
  settle(): Promise<boolean>
  close(): void
}

/** @param options.isOurs Asks the store. @param options.onSure Called when a doubt was settled and nobody has taken over. */
export function watchDoubt({
  clock,
  isOurs,
  onSure,
}: {
  clock: Pick<Clock, 'passedMs' | 'after'>
  isOurs: () => Promise<boolean>
  onSure: () => void
}): Doubt {
  /** Each doubt is an object of its own. */
  let doubt: object | undefined
  let lookedMs = clock.passedMs()
  let cancel = () => {}
  const standsStill = () => clock.passedMs() - lookedMs >= STOOD_MS
  const isSure = () => doubt === undefined && !standsStill()

  function look(): void {
    cancel = clock.after(LOOK_MS, look)
    if (standsStill()) doubt = {}
    lookedMs = clock.passedMs()
  }
  look()

  return {
    isSure,
    raise() {
      doubt = {}
    },
    async settle() {
      for (let asked = 0; !isSure(); asked++) {
        if (asked === ASKED_MAX)
          throw new RoarError('store_unavailable', 'this process stood still whenever the store answered')
        const own = {}
        doubt = own
        lookedMs = clock.passedMs()
        if (!(await isOurs())) {
          doubt = {}
          return false
        }
        // Another doubt may have come meanwhile.
        if (doubt !== own || standsStill()) continue
        doubt = undefined
        onSure()
      }
      return true
    },
    close() {
      cancel()
      // What it knew last holds to the end.
      lookedMs = Number.POSITIVE_INFINITY
    },
  }
}
