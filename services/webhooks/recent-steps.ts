import type { Store } from '../../adapters/store/store.ts'
import type { MoodStep } from '../../engine/highlights.ts'
import { HISTORY_STEP_MS } from '../../protocol/counts.ts'
import { readHistory } from '../shows/history.ts'

/** Steps of the last half minute are read each time: a batch of counts for a busy store may take this long. */
const FRESH_MS = 30_000
/** How often all steps are read again, for counts that an outage delayed longer. */
const WHOLE_EVERY_MS = 30_000

interface Held {
  steps: MoodStep[]
  /** The steps are read up to this time, exclusive. */
  to: number
  /** The value of `to` when all of them were last read. */
  wholeAt: number
}

/**
 * The recent steps of shows, for a caller that needs them each second: steps are cached, and only those that may have changed are
 * read. It holds as many steps of a show as are requested, and drops a show that is no longer requested.
 */
export class RecentSteps {
  readonly #history: Store['history']
  readonly #shows = new Map<string, Held>()

  constructor(history: Store['history']) {
    this.#history = history
  }

  /** The steps from `from` (inclusive) to `to` (exclusive). @param show Its filed name. @throws RoarError store_unavailable */
  async read(show: string, { from, to }: { from: number; to: number }): Promise<MoodStep[]> {
    const held = this.#shows.get(show)
    // If the clock was set back, or the span reaches further back, everything is read again.
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
