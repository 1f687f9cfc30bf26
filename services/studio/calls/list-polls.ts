import * as v from 'valibot'
import { type Poll, stateOf } from '../../../protocol/polls.ts'
import { answer, call } from '../../http/call/call.ts'
import { EXAMPLE_POLL, StudioPoll } from '../../polls/schemas.ts'
import type { StudioContext } from '../context.ts'

export const listPolls = call({
  id: 'listPolls',
  method: 'GET',
  path: '/v1/studio/shows/{show}/polls',
  tag: 'Studio',
  summary: 'List a show’s polls',
  who: 'member',
  answers: { 200: answer('The polls', v.array(StudioPoll), [EXAMPLE_POLL]) },
}).handle(({ directory, clock }: StudioContext, { params: { show } }) => ({
  status: 200,
  body: directory.polls(show).map(({ poll }) => withState(poll, clock.now())),
}))

export const withState = (poll: Poll, now: number) => ({ ...poll, state: stateOf(poll, now) })
