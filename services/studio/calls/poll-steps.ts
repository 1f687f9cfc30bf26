import { closePoll, forgetVoters, openPoll, revealPoll, sealPoll } from '../../../engine/polls/life.ts'
import type { Poll } from '../../../protocol/polls.ts'
import { answer, call } from '../../http/call/call.ts'
import { EXAMPLE_POLL, StudioPoll } from '../../polls/schemas.ts'
import type { StudioContext } from '../context.ts'
import type { PollChange } from '../poll-changes.ts'
import { keep } from './change-poll.ts'

/** The steps of a poll's life differ in what they do and in nothing else. */
const step = (
  action: 'open' | 'close' | 'reveal' | 'seal' | 'forget',
  summary: string,
  act: (poll: Poll, at: number) => Poll,
  also?: (context: StudioContext) => Pick<PollChange, 'after' | 'certify'>,
) =>
  call({
    id: `${action}Poll`,
    method: 'POST',
    path: `/v1/studio/shows/{show}/polls/{poll}/${action}`,
    tag: 'Studio',
    summary,
    who: 'producer',
    answers: { 200: answer('The poll as it is now', StudioPoll, EXAMPLE_POLL) },
    errors: ['wrong_state', 'bad_poll', 'overloaded', 'log_unavailable', 'store_unavailable'],
  }).handle((context: StudioContext, { poll: { poll }, caller, request, server }) => {
    // A seal of millions takes longer than a connection may be idle.
    server.timeout(request, 0)
    return keep(context, poll, { who: caller.who, action, act, ...also?.(context) })
  })

export const POLL_STEPS = [
  step('open', 'Open a poll now', openPoll),
  step('close', 'Close a poll now; late votes until the grace is over', closePoll),
  step('reveal', 'Show the counts and the right answer to everybody', revealPoll),
  step('seal', 'Make the certificate; nothing changes after it', sealPoll, ({ certify }) => ({ certify })),
  step('forget', 'Delete the key by which voters could be found', forgetVoters, ({ keys }) => ({
    after: ({ show, poll }) => keys.forget(show, poll),
  })),
]
