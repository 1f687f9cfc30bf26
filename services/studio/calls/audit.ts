import * as v from 'valibot'
import type { TrailEntry } from '../../../protocol/trail.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, count, hash, text, time, wholeText } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'

/** The most audit entries in one response, and the default number. */
const TRAIL_MAX = 500

const Entry = component<TrailEntry>()(
  'AuditEntry',
  v.object({
    entry: v.pipe(count, v.description('1 for the first')),
    at: time,
    who: v.pipe(text, v.description('The `sub` of the producer')),
    action: text,
    poll: v.pipe(text, v.description('Empty for what is the whole show’s')),
    detail: v.exactOptional(v.pipe(v.unknown(), v.description('What was asked for'))),
    hash: v.pipe(hash, v.description('Over this entry and the hash of the one before; see docs/voting.md')),
  }),
)
const HASH = 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'
const PAGE = {
  before: v.pipe(
    wholeText(1, Number.MAX_SAFE_INTEGER),
    v.description('Entries before this one: the `entry` of the last one on the previous page'),
  ),
  limit: v.pipe(wholeText(1, TRAIL_MAX), v.description(`Default ${TRAIL_MAX}`)),
}
const TRAIL = {
  200: answer('The trail', v.array(Entry), [
    { entry: 2, at: 1_795_349_712_000, who: 'pat', action: 'open', poll: 'mvp', hash: HASH },
  ]),
}

export const getShowAudit = call({
  id: 'getShowAudit',
  method: 'GET',
  path: '/v1/studio/shows/{show}/audit',
  tag: 'Studio',
  summary: 'List what producers did with a show, newest first',
  who: 'analyst',
  query: PAGE,
  answers: TRAIL,
  errors: ['store_unavailable'],
}).handle(async ({ store }: StudioContext, { params: { show }, query }) => ({
  status: 200,
  body: await store.polls.trail(show, { before: query.before, limit: query.limit ?? TRAIL_MAX }),
}))

export const getAudit = call({
  id: 'getAudit',
  method: 'GET',
  path: '/v1/studio/audit',
  tag: 'Studio',
  summary: 'List what producers did outside any show, newest first',
  who: 'producer',
  query: PAGE,
  answers: TRAIL,
  errors: ['store_unavailable'],
}).handle(async ({ store }: StudioContext, { query }) => ({
  status: 200,
  body: await store.polls.trail('', { before: query.before, limit: query.limit ?? TRAIL_MAX }),
}))
