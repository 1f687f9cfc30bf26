import * as v from 'valibot'
import { filedAs } from '../../../protocol/runs.ts'
import { answer, call } from '../../http/call/call.ts'
import { component } from '../../http/call/schemas.ts'
import { HISTORY_FIELDS, HISTORY_QUERY, type History, rangeOf, readHistory } from '../../shows/history.ts'
import type { StudioContext } from '../context.ts'

const TimelineSchema = component<History>()('Timeline', v.object(HISTORY_FIELDS))

export const getTimeline = call({
  id: 'getTimeline',
  method: 'GET',
  path: '/v1/studio/shows/{show}/mood',
  tag: 'Studio',
  summary: 'Get the mood over time, oldest first',
  description: 'Steps without reactions are absent. By default the last ten minutes in steps of a second.',
  who: 'member',
  query: HISTORY_QUERY,
  answers: {
    200: answer('The counts of each step', TimelineSchema, {
      stepMs: 1000,
      steps: [{ at: 1_795_349_712_000, counts: { heart: 900 } }],
    }),
  },
  errors: ['unknown_segment', 'store_unavailable'],
}).handle(async ({ store, clock }: StudioContext, { show, query }) => ({
  status: 200,
  body: await readHistory(store, filedAs(show.show), rangeOf(show, query, clock.now())),
}))
