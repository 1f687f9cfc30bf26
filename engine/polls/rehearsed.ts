import { freeId } from '../../protocol/ids.ts'
import { type Poll, type PollState, rankOf } from '../../protocol/polls.ts'
import type { PollLine } from '../../protocol/recording.ts'

/**
 * The poll of a show in which a recorded poll is rehearsed: the one with its id or its question that can still be opened;
 * `isNew`: there is none, and this id is free.
 * @param isTaken Whether the show has, or had, a poll of this id.
 */
export function rehearsedPoll(
  { poll, question }: Pick<PollLine, 'poll' | 'question'>,
  polls: readonly (Pick<Poll, 'poll' | 'question'> & { state: PollState })[],
  isTaken: (id: string) => boolean,
): { poll: string; isNew: boolean } {
  const open = polls.filter(({ state }) => rankOf(state) <= rankOf('open'))
  const known = open.find((each) => each.poll === poll) ?? open.find((each) => each.question === question)
  if (known !== undefined) return { poll: known.poll, isNew: false }
  return { poll: freeId(poll, isTaken), isNew: true }
}
