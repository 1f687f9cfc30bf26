import { closePoll, openPoll } from '../../engine/polls/life.ts'
import { rehearsedPoll } from '../../engine/polls/rehearsed.ts'
import { startShow } from '../../engine/shows/life.ts'
import { stateOf } from '../../protocol/polls.ts'
import type { PollLine } from '../../protocol/recording.ts'
import { makePoll } from './calls/create-poll.ts'
import type { StudioContext } from './context.ts'

/**
 * The producer's side of a rehearsal played by this studio: its actions are in the audit trail, under the name of who started it.
 */
export function ownStage(context: Omit<StudioContext, 'rehearsals'>, show: string, who: string) {
  const { change, changeShow, directory, desk, clock } = context
  return {
    async start(): Promise<void> {
      await changeShow({ show, who, action: 'start-show', act: startShow })
    },
    async open(line: PollLine): Promise<string> {
      const polls = directory.polls(show).map(({ poll }) => ({ ...poll, state: stateOf(poll, clock.now()) }))
      const { poll, isNew } = rehearsedPoll(line, polls, (id) => directory.everHad(show, id))
      if (isNew) {
        const { question, choices, kind, max } = line
        const rules = { question, choices, kind, max, ...RULES }
        await makePoll(context, { show, poll, rules, who })
      }
      await change({ show, poll, who, action: 'open', act: (before, at) => openPoll(before, at) })
      return poll
    },
    async close(poll: string): Promise<void> {
      await change({ show, poll, who, action: 'close', act: closePoll })
    },
    async ballots(poll: string): Promise<number> {
      const known = directory.poll(show, poll).poll
      return desk.tally(show, poll).result({ ...known, countQuarantined: true }).viewers
    },
  }
}

const RULES = {
  ...({ visibility: 'live', voters: 'signed-in' } as const),
  ...{ change: false, graceMs: 0, countLate: true, countQuarantined: false },
}
