import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import { RECENT_ENTRIES } from '../../adapters/store/trail.ts'
import { stepsBetween } from '../../engine/shows/life.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { Control } from './control.ts'
import { SCHEDULE } from './poll-changes.ts'

const LOOK_MS = 1_000

/** How long every studio may be away and the trail still have what began or ended meanwhile. */
const LOOK_BACK_MS = 3_600_000

/**
 * Adds to the trail which shows started or ended by their times. They do so without anybody: every role judges by the times.
 */
export function startShowSchedule({
  polls,
  control,
  directory,
  clock,
  logger,
}: {
  polls: Pick<PollStore, 'trail' | 'record'>
  control: Pick<Control, 'now'>
  directory: ShowDirectory
  clock: Clock
  logger: Logger
}): { close(): void } {
  /** Until when each show's steps are in the trail. */
  const recorded = new Map<string, number>()
  let cancel = () => {}
  let isClosed = false

  /** Whether another studio, or this one before a restart, has added it. */
  async function isThere(show: string, step: { action: string; at: number }): Promise<boolean> {
    for (let before: number | undefined; ; ) {
      const page = await polls.trail(show, { before, limit: RECENT_ENTRIES })
      if (page.some(({ who, action, at }) => who === SCHEDULE && action === step.action && at === step.at))
        return true
      const oldest = page.at(-1)
      if (oldest === undefined || oldest.at < step.at) return false
      before = oldest.entry
    }
  }

  async function lookAt(name: string, now: number): Promise<void> {
    const from = recorded.get(name) ?? now - LOOK_BACK_MS
    for (const step of stepsBetween(directory.get(name).show, from, now))
      if (!(await isThere(name, step))) await polls.record(name, { ...step, who: SCHEDULE, poll: '' })
    recorded.set(name, now)
  }

  async function look(): Promise<void> {
    const now = control.now()
    for (const name of directory.shows()) {
      try {
        await lookAt(name, now)
      } catch (cause) {
        if (!isClosed)
          logger.warn({ err: cause, show: name }, "a show's step could not be recorded; retrying")
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
