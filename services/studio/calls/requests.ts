import * as v from 'valibot'
import type { Decider, DecisionRequest } from '../../../protocol/decisions.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { component, count, flag, id, text, time } from '../../http/call/schemas.ts'
import { REASON, RULES } from '../../polls/schemas.ts'
import type { StudioContext } from '../context.ts'
import { approve, ask, decline, waitingRequests } from '../decisions.ts'

const ACTIONS = ['seal', 'change', 'one-approval'] as const
const changes = v.strictObject({
  countLate: v.exactOptional(RULES.countLate),
  countQuarantined: v.exactOptional(RULES.countQuarantined),
  answer: v.exactOptional(RULES.answer),
})
const DeciderSchema = component<Decider>()('Decider', v.object({ person: text, name: text, who: text }))
const Request = component<DecisionRequest>()(
  'DecisionRequest',
  v.object({
    request: text,
    show: id,
    poll: v.pipe(text, v.description('Empty: it is about the show')),
    action: v.picklist(ACTIONS),
    changes: v.exactOptional(changes),
    reason: REASON,
    by: DeciderSchema,
    at: time,
    expires: v.pipe(time, v.description('Nobody can approve it from then on')),
    version: v.pipe(count, v.description('That the poll had')),
    seen: v.pipe(
      text,
      v.description('The hash of the poll that the request is for; if it changes, a new request is needed'),
    ),
    decided: v.exactOptional(v.object({ approved: flag, by: DeciderSchema, at: time })),
  }),
)
const ANN = { person: '7d0c3f52-91ab', name: 'Ann', who: 'ann@stadium.example of the studio' }
const BEN = { person: '1b6e9a04-77cd', name: 'Ben', who: 'ben@stadium.example of the studio' }
const EXAMPLE: DecisionRequest = {
  ...{ request: '2c9e4b1d-6f3a-4d87-b2c0-1c2d3e4f5a6b', show: 'final', poll: 'mvp', action: 'seal' },
  ...{ reason: 'The show is over', by: ANN, at: 1_795_349_712_000, expires: 1_795_350_612_000, version: 4 },
  seen: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA',
}
const APPROVED = { ...EXAMPLE, decided: { approved: true, by: BEN, at: 1_795_349_752_000 } }
const DECLINED = { ...APPROVED, decided: { ...APPROVED.decided, approved: false } }
const ERRORS = ['wrong_state', 'log_unavailable', 'store_unavailable'] as const

const listRequests = call({
  id: 'listRequests',
  method: 'GET',
  path: '/v1/studio/shows/{show}/requests',
  tag: 'Studio',
  summary: 'List what waits for a second person',
  description:
    'The newest first. What has expired or was done or declined is not in it: the trail has it. What was approved and could not be done is, until it is approved again.',
  who: 'member',
  answers: { 200: answer('The requests', v.array(Request), [EXAMPLE]) },
  errors: ['store_unavailable'],
}).handle(async (context: StudioContext, { params: { show } }) => ({
  status: 200,
  body: await waitingRequests(context, show),
}))

/** The fields of each action, and no others. */
const Ask = v.variant('action', [
  v.strictObject({ action: v.literal('seal'), poll: id, reason: REASON }),
  v.strictObject({ action: v.literal('change'), poll: id, changes, reason: REASON }),
  v.strictObject({ action: v.literal('one-approval'), reason: REASON }),
])

const createRequest = call({
  id: 'createRequest',
  method: 'POST',
  path: '/v1/studio/shows/{show}/requests',
  tag: 'Studio',
  summary: 'Request a decision that needs two people',
  description:
    'Where the show’s rule `approvals` is 2. It is for the poll as it is now, for 15 minutes, by somebody who is signed in to the studio. It replaces what waits for the same poll; the same request is answered again.',
  who: 'producer',
  body: json(Ask, { action: 'seal', poll: 'mvp', reason: 'The show is over' }),
  answers: { 201: answer('It waits for a second person', Request, EXAMPLE) },
  errors: [...ERRORS, 'unknown_poll', 'bad_poll'],
}).handle(async (context: StudioContext, { params: { show }, caller, body }) => ({
  status: 201,
  body: await ask(context, caller, { poll: '', ...body, show }),
}))

const approveRequest = call({
  id: 'approveRequest',
  method: 'POST',
  path: '/v1/studio/shows/{show}/requests/{request}/approve',
  tag: 'Studio',
  summary: 'Approve somebody else’s request, and carry it out',
  description:
    'By somebody other than the requester, signed in to the studio. Repeating it changes nothing, or carries out what failed before.',
  who: 'producer',
  answers: { 200: answer('It was done', Request, APPROVED) },
  errors: [...ERRORS, 'bad_poll', 'stale', 'overloaded', 'unknown_poll'],
}).handle(async (context: StudioContext, { params: { show, request: id }, caller, request, server }) => {
  // Sealing millions takes longer than a connection may be idle.
  server.timeout(request, 0)
  return { status: 200, body: await approve(context, caller, show, id) }
})

const declineRequest = call({
  id: 'declineRequest',
  method: 'POST',
  path: '/v1/studio/shows/{show}/requests/{request}/decline',
  tag: 'Studio',
  summary: 'Decline somebody’s request, or withdraw your own',
  who: 'producer',
  answers: { 200: answer('It waits no more', Request, DECLINED) },
  errors: [...ERRORS],
}).handle(async (context: StudioContext, { params: { show, request }, caller }) => ({
  status: 200,
  body: await decline(context, caller, show, request),
}))

export const REQUEST_CALLS = [listRequests, createRequest, approveRequest, declineRequest]
