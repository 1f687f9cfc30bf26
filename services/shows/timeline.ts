import * as v from 'valibot'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Store } from '../../adapters/store/store.ts'
import { type Highlight, highlightsOf } from '../../engine/highlights.ts'
import { RoarError } from '../../protocol/errors.ts'
import { filedAs } from '../../protocol/runs.ts'
import { answer, call } from '../http/call/call.ts'
import { routesOf } from '../http/call/handler.ts'
import { component, id, real, time } from '../http/call/schemas.ts'
import type { CallContext } from '../http/call/spec.ts'
import type { Routes } from '../http/routes.ts'
import { HISTORY_FIELDS, HISTORY_QUERY, type History, rangeOf, readHistory } from './history.ts'

/** How long a cache may keep a range that is still growing. */
const MAX_AGE_S = 2
/** The same for a past range: an outage may have delayed some of its counts. */
const PAST_AGE_S = 60
const OVER_MS = 60_000
/** Concurrent reads. Viewers request the same few ranges, which are read once; further ones wait. */
const READS_MAX = 8

interface ShowTimeline extends History {
  highlights: Highlight[]
}
const TimelineSchema = component<ShowTimeline>()(
  'ShowTimeline',
  v.object({
    ...HISTORY_FIELDS,
    highlights: v.pipe(
      v.array(
        v.object({
          at: time,
          lift: v.pipe(real, v.description('How many times as many reactions as just before')),
          sticker: v.pipe(id, v.description('The one that grew most')),
        }),
      ),
      v.description('Moments at which the crowd grew loud, oldest first, 50 at most'),
    ),
  }),
)

export interface TimelineContext extends CallContext {
  store: Pick<Store, 'history'>
  clock: Clock
  /** Reads in progress, by query. */
  reads: Map<string, Promise<ShowTimeline>>
}

const getShowTimeline = call({
  id: 'getShowTimeline',
  method: 'GET',
  path: '/v1/shows/{show}/timeline',
  tag: 'Shows',
  summary: 'Get the mood over time and its highlights, oldest first',
  description:
    'Steps without reactions are absent. By default the last ten minutes in steps of a second. Ranges of whole steps cache best.',
  who: 'anybody',
  query: HISTORY_QUERY,
  answers: {
    200: answer('The counts of each step, and the highlights', TimelineSchema, {
      stepMs: 1000,
      steps: [{ at: 1_795_349_712_000, counts: { heart: 900 } }],
      highlights: [{ at: 1_795_349_712_000, lift: 4.2, sticker: 'heart' }],
    }),
  },
  errors: ['unknown_segment', 'overloaded', 'store_unavailable'],
  cached: true,
}).handle(async ({ store, clock, reads }: TimelineContext, { show, query }) => {
  const now = clock.now()
  // All requests within one step are equal.
  const { stepMs = 1000 } = query
  const range = rangeOf(show, { ...query, to: query.to ?? now - (now % stepMs) + stepMs }, now)
  const filed = filedAs(show.show)
  const key = JSON.stringify([filed, range])
  let made = reads.get(key)
  if (made === undefined) {
    if (reads.size >= READS_MAX)
      throw new RoarError('overloaded', 'too many timelines are being computed: try again')
    made = make(store, filed, range).finally(() => reads.delete(key))
    reads.set(key, made)
  }
  return { status: 200, maxAgeS: range.to + OVER_MS < now ? PAST_AGE_S : MAX_AGE_S, body: await made }
})

async function make(
  store: TimelineContext['store'],
  show: string,
  range: ReturnType<typeof rangeOf>,
): Promise<ShowTimeline> {
  const history = await readHistory(store, show, range)
  return { ...history, highlights: highlightsOf(history.steps, range.stepMs) }
}

/** Viewers' calls on the store's history. */
export const TIMELINE_CALLS = [getShowTimeline]

export const timelineRoutes = (context: Omit<TimelineContext, 'reads'>): Routes =>
  routesOf(TIMELINE_CALLS, { ...context, reads: new Map() })
