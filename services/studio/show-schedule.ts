import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Store } from '../../adapters/store/store.ts'
import { type ShowChanges, type ShowStep, stepsBetween } from '../../engine/shows/life.ts'
import type { TrailEntry } from '../../protocol/trail.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { Control } from './control.ts'
import { newestShow } from './newest-show.ts'
import { SCHEDULE } from './poll-changes.ts'
import { trailSince } from './trail-since.ts'

const LOOK_MS = 1_000

/** How long every studio may be away and the trail still have what began or ended meanwhile. */
const LOOK_BACK_MS = 3_600_000

/**
 * Adds to the trail which shows started or ended by their times. They do so without anybody: every role judges by the times.
 */
export function startShowSchedule({
  store,
  control,
  directory,
  clock,
  logger,
}: {
  store: Pick<Store, 'show' | 'polls'>
  control: Pick<Control, 'now'>
  directory: ShowDirectory
  clock: Clock
  logger: Logger
}): { close(): void } {
  /** Until when each show's steps are in the trail. */
  const recorded = new Map<string, number>()
  /** Shows with a step that could not be recorded yet. */
  const failing = new Set<string>()
  let cancel = () => {}
  let isClosed = false

  /** Whether the trail needs no entry of the step. */
  async function isTold(show: string, step: ShowStep): Promise<boolean> {
    for await (const entry of trailSince(store.polls, show, step.at))
      if (isEntryOf(step, entry) || wasSetAfter(step, entry)) return true
    return false
  }

  async function lookAt(name: string, now: number): Promise<void> {
    const from = recorded.get(name) ?? now - LOOK_BACK_MS
    if (stepsBetween(directory.get(name).show, from, now).length > 0) {
      // Another studio may have changed its times, and the control log be late.
      const { show } = await newestShow({ store, directory }, name)
      for (const step of stepsBetween(show, from, now))
        if (!(await isTold(name, step))) await store.polls.record(name, { ...step, who: SCHEDULE, poll: '' })
    }
    recorded.set(name, now)
    failing.delete(name)
  }

  async function look(): Promise<void> {
    const now = control.now()
    for (const name of directory.shows()) {
      try {
        await lookAt(name, now)
      } catch (cause) {
        // Once for each outage, however often it is retried.
        if (!isClosed && !failing.has(name))
          logger.warn({ err: cause, show: name }, "a show's step could not be recorded; retrying")
        failing.add(name)
      }
    }
    if (!isClosed) cancel = clock.after(LOOK_MS, () => void look())
  }

  void look()
  return {
    close() {
      isClosed = true
      cancel()
    },
  }
}

/** Whether another studio, or this one before a restart, has added the step. */
const isEntryOf = ({ action, at }: ShowStep, entry: TrailEntry): boolean =>
  entry.who === SCHEDULE && entry.action === action && entry.at === at

/** Whether a producer set the step's time once it had passed: then this change began or ended the show, not its schedule. */
function wasSetAfter({ action, at }: ShowStep, entry: TrailEntry): boolean {
  const time = action === 'start-show' ? 'starts' : 'ends'
  return entry.action === 'change-show' && entry.at >= at && (entry.detail as ShowChanges)?.[time] === at
}
