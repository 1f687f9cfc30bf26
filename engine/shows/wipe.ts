import { RoarError } from '../../protocol/errors.ts'
import { ID_LENGTH_MAX } from '../../protocol/ids.ts'
import { type Poll, stateOf } from '../../protocol/polls.ts'
import { RUNS_MAX } from '../../protocol/runs.ts'
import type { Show } from '../../protocol/show.ts'
import { refuseArchived } from './life.ts'

/**
 * Resets a rehearsal to the state before its first viewer: scheduled again, settings kept, the next run begun.
 * @throws RoarError not_rehearsal, wrong_state for an archived show and after `RUNS_MAX` runs
 */
export function wipeShow(show: Show, now: number): Show {
  const { started: _, ended: __, removedPosts: ___, releasedPosts: ____, muted: _____, ...rest } = show
  const { starts, ends, pinned: ______, ...kept } = rest
  const { run = 1 } = show
  if (show.rehearsal !== true)
    throw new RoarError('not_rehearsal', `${show.show} is not a rehearsal, so it cannot be wiped`)
  refuseArchived(show)
  if (run >= RUNS_MAX)
    throw new RoarError('wrong_state', `the rehearsal was wiped ${run - 1} times: create a new one`)
  return {
    ...kept,
    // Times in the past would start or end it at once.
    ...(starts !== undefined && starts > now && { starts }),
    ...(ends !== undefined && ends > now && { ends }),
    run: run + 1,
    version: show.version + 1,
  }
}

/** The result for a poll that had been opened. */
export interface WipedPoll {
  /** The old poll, marked as wiped. Its ballots stay in the log under its id, which is therefore never reused. */
  wiped: Poll
  /** The same question as a draft, under the next id. */
  draft: Poll
}

/**
 * Wipes the show's polls that had been opened and creates them again as drafts. @param polls All that ever existed. @param run
 * The next.
 */
export function wipePolls(polls: readonly Poll[], { run, now }: { run: number; now: number }): WipedPoll[] {
  const taken = new Set(polls.map(({ poll }) => poll))
  return polls
    .filter((poll) => poll.wiped === undefined && stateOf(poll, now) !== 'draft')
    .map((poll) => {
      const id = nextId(poll.poll, run, taken)
      taken.add(id)
      return { wiped: { ...poll, wiped: now, version: poll.version + 1 }, draft: draftOf(poll, id) }
    })
}

function draftOf(poll: Poll, id: string): Poll {
  const { opens: _, closes: __, reveals: ___, seals: ____, revealed: _____, sealed: ______, ...rest } = poll
  const { sealing: _______, forgotten: ________, code: _________, reached: __________, ...rules } = rest
  return { ...rules, poll: id, version: 1 }
}

/** `mvp` becomes `mvp-r2`, and that `mvp-r3`; shortened if too long, and numbered further if taken. */
function nextId(id: string, run: number, taken: ReadonlySet<string>): string {
  const base = id.replace(/-r\d+$/, '')
  for (let suffix = run; ; suffix++) {
    const end = `-r${suffix}`
    const next = base.slice(0, ID_LENGTH_MAX - end.length) + end
    if (!taken.has(next)) return next
  }
}
