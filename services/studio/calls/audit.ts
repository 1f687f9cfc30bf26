import * as v from 'valibot'
import type { AuditEntry } from '../../../adapters/store/polls.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, text, time } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'

/** Entries of the audit trail in one answer. */
const TRAIL_MAX = 500

const Entry = component<AuditEntry>()(
  'AuditEntry',
  v.object({
    at: time,
    who: v.pipe(text, v.description('The `sub` of the producer')),
    action: text,
    poll: v.pipe(text, v.description('Empty for what is the whole show’s')),
    detail: v.exactOptional(v.pipe(v.unknown(), v.description('What was asked for'))),
  }),
)
const TRAIL = {
  200: answer('The trail', v.array(Entry), [
    { at: 1_795_349_712_000, who: 'pat', action: 'open', poll: 'mvp' },
  ]),
}

export const getShowAudit = call({
  id: 'getShowAudit',
  method: 'GET',
  path: '/v1/studio/shows/{show}/audit',
  tag: 'Studio',
  summary: 'See what producers did about a show, newest first',
  who: 'producer',
  answers: TRAIL,
  errors: ['store_unavailable'],
}).handle(async ({ store }: StudioContext, { params: { show } }) => ({
  status: 200,
  body: await store.polls.trail(show, TRAIL_MAX),
}))

export const getAudit = call({
  id: 'getAudit',
  method: 'GET',
  path: '/v1/studio/audit',
  tag: 'Studio',
  summary: 'See what producers did that is no show’s own, newest first',
  who: 'producer',
  answers: TRAIL,
  errors: ['store_unavailable'],
}).handle(async ({ store }: StudioContext) => ({ status: 200, body: await store.polls.trail('', TRAIL_MAX) }))
