import * as v from 'valibot'
import { HISTORY_STEP_MS, type HistoryCount } from '../../../protocol/counts.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, counts, time, whole, wholeText } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'

/** Steps in one answer: a whole day in steps of ten seconds. */
const STEPS_MAX = 8640
const DEFAULT_SPAN_MS = 600_000
const DAY_MS = 86_400_000

interface Timeline {
  stepMs: number
  steps: { at: number; counts: Record<string, number> }[]
}
const TimelineSchema = component<Timeline>()(
  'Timeline',
  v.object({ stepMs: whole(1, DAY_MS), steps: v.array(v.object({ at: time, counts })) }),
)
const timeText = wholeText(0, Number.MAX_SAFE_INTEGER)

export const getTimeline = call({
  id: 'getTimeline',
  method: 'GET',
  path: '/v1/studio/shows/{show}/mood',
  tag: 'Studio',
  summary: 'Get the mood over time, oldest first',
  description: 'Steps without reactions are absent. By default the last ten minutes in steps of a second.',
  who: 'producer',
  query: {
    from: v.pipe(timeText, v.description('Default: ten minutes before `to`')),
    to: v.pipe(timeText, v.description('Default: now')),
    stepMs: v.pipe(wholeText(1, DAY_MS), v.description('Whole seconds; default 1000')),
    segment: v.pipe(v.string(), v.description('Of this segment instead of all viewers')),
  },
  answers: {
    200: answer('The counts of each step', TimelineSchema, {
      stepMs: 1000,
      steps: [{ at: 1_795_349_712_000, counts: { heart: 900 } }],
    }),
  },
  errors: ['unknown_segment', 'store_unavailable'],
}).handle(async ({ store, clock }: StudioContext, { show: { show, pack }, query }) => {
  const { to = clock.now(), stepMs = HISTORY_STEP_MS, segment } = query
  const { from = to - DEFAULT_SPAN_MS } = query
  if (segment !== undefined && !pack.segments.has(segment)) {
    throw new RoarError('unknown_segment', 'the show has no such segment')
  }
  if (stepMs % HISTORY_STEP_MS !== 0) {
    throw new RoarError('bad_request', `stepMs is not a multiple of ${HISTORY_STEP_MS}`)
  }
  if (from > to || (to - from) / stepMs > STEPS_MAX) {
    throw new RoarError('bad_request', `from to to is not 0 to ${STEPS_MAX} steps`)
  }
  const range = segment === undefined ? { from, to, stepMs } : { from, to, stepMs, segment }
  return { status: 200, body: { stepMs, steps: bySteps(await store.history(show.show, range)) } }
})

function bySteps(counts: HistoryCount[]): Timeline['steps'] {
  const steps = new Map<number, Record<string, number>>()
  for (const { at, sticker, count } of counts) steps.set(at, { ...steps.get(at), [sticker]: count })
  return [...steps].map(([at, counts]) => ({ at, counts }))
}
