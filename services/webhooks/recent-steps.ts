import type { Store } from '../../adapters/store/store.ts'
import type { MoodStep } from '../../engine/highlights.ts'
import { HISTORY_STEP_MS } from '../../protocol/counts.ts'
import { readHistory } from '../shows/history.ts'

/** Steps of the last half minute are read each time: so long a batch of counts that a busy store took may still be under way. */
const FRESH_MS = 30_000
/** All are read again so often, for what an outage held back longer. */
const WHOLE_EVERY_MS = 30_000

interface Held {
  steps: MoodStep[]
  /** Up to which time they are read, not with it. */
  to: number
  /** When all of them were read last: the `to` of then. */
  wholeAt: number
}

/**
 * The last steps of shows, for whoever asks for them each second: what was read before is kept, and only what may have changed
 * since is read. As many steps of a show are held as are asked for, and a show is forgotten once it is not asked for.
 */
export class RecentSteps {
  readonly #history: Store['history']
  readonly #shows = new Map<string, Held>()

  constructor(history: Store['history']) {
    this.#history = history
  }

  /** The steps from `from` up to, not with, `to`. @param show As it is filed. @throws RoarError store_unavailable */
  async read(show: string, { from, to }: { from: number; to: number }): Promise<MoodStep[]> {
    const held = this.#shows.get(show)
    // A clock that was set back, or somebody who looks further back, begins anew.
    const isWhole =
      held === undefined || to < held.to || to - held.wholeAt >= WHOLE_EVERY_MS || from > held.to - FRESH_MS
    const freshFrom = isWhole ? from : Math.max(from, held.to - FRESH_MS)
    const range = { from: freshFrom, to, stepMs: HISTORY_STEP_MS }
    const fresh = freshFrom < to ? (await readHistory({ history: this.#history }, show, range)).steps : []
    const kept = isWhole ? [] : held.steps.filter(({ at }) => at >= from && at < freshFrom)
    const steps = [...kept, ...fresh]
    this.#shows.set(show, { steps, to, wholeAt: isWhole ? to : held.wholeAt })
    return steps
  }

  /** Forgets all other shows. */
  keepOnly(shows: ReadonlySet<string>): void {
    for (const show of this.#shows.keys()) if (!shows.has(show)) this.#shows.delete(show)
  }
}
