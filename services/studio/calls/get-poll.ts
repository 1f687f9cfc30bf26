import * as v from 'valibot'
import type { Poll } from '../../../protocol/polls.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, difference } from '../../http/call/schemas.ts'
import { etagOf } from '../../http/versions.ts'
import { countsOf, type PollDesk } from '../../polls/desk.ts'
import { EXAMPLE_POLL, result, StudioPoll } from '../../polls/schemas.ts'
import type { StudioContext } from '../context.ts'
import { withState } from './list-polls.ts'

type Result = ReturnType<typeof countsOf>
interface ProducersTally {
  late: number
  quarantined: number
  withQuarantined: Result
  withoutQuarantined: Result
}

const Tally = component<ProducersTally>()(
  'ProducersTally',
  v.object({
    late: v.pipe(difference, v.description('Viewers all of whose ballots came late')),
    quarantined: v.pipe(difference, v.description('Viewers all of whose ballots are in quarantine')),
    withQuarantined: result,
    withoutQuarantined: result,
  }),
)
const PollAndTally = component<v.InferOutput<typeof StudioPoll> & { tally: ProducersTally }>()(
  'PollAndTally',
  v.object({ ...StudioPoll.entries, tally: Tally }),
)

const NONE = { ballots: 0, counts: {}, segments: {} }
const EXAMPLE = { late: 0, quarantined: 0, withQuarantined: NONE, withoutQuarantined: NONE }

export const getStudioPoll = call({
  id: 'getStudioPoll',
  method: 'GET',
  path: '/v1/studio/shows/{show}/polls/{poll}',
  tag: 'Studio',
  summary: 'Get a poll and its whole tally',
  description:
    'The poll with what viewers do not see yet, and the counts with and without the ballots in quarantine.',
  who: 'member',
  answers: { 200: answer('The poll', PollAndTally, { ...EXAMPLE_POLL, tally: EXAMPLE }) },
}).handle(({ desk, clock }: StudioContext, { poll: { poll } }) => ({
  status: 200,
  headers: { etag: etagOf(poll) },
  body: { ...withState(poll, clock.now()), tally: tallyOf(desk, poll) },
}))

/** The counts for producers, whatever viewers may see. */
function tallyOf(desk: PollDesk, poll: Poll): ProducersTally {
  const tally = desk.tally(poll.show, poll.poll)
  const resultOf = (countQuarantined: boolean) => countsOf(tally.result({ ...poll, countQuarantined }))
  return {
    late: tally.marked('late'),
    quarantined: tally.marked('quarantined'),
    withQuarantined: resultOf(true),
    withoutQuarantined: resultOf(false),
  }
}
