import * as v from 'valibot'
import type { StoredDelivery } from '../../../adapters/store/webhooks.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { WEBHOOK_EVENTS, WEBHOOK_TEST, type WebhookDelivery } from '../../../protocol/webhooks.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, count, text, time, wholeText } from '../../http/call/schemas.ts'
import { managed, type WebhookContext } from '../context.ts'
import { EXAMPLE_WEBHOOK } from './webhooks.ts'

const LIST_MAX = 200
const LIST = 50

const STATE = v.picklist(['waiting', 'delivered', 'dead'])
export const DeliverySchema = component<WebhookDelivery>()(
  'WebhookDelivery',
  v.object({
    delivery: v.pipe(text, v.description('Its `webhook-id`, the same at each try')),
    webhook: text,
    event: v.picklist([...WEBHOOK_EVENTS, WEBHOOK_TEST]),
    state: STATE,
    at: v.pipe(time, v.description('When it happened')),
    tries: count,
    due: v.pipe(time, v.description('When it is tried next; once that is over, when it was tried last')),
    error: v.exactOptional(v.pipe(text, v.description('Why the last try that failed did; for people'))),
  }),
)
export const EXAMPLE_DELIVERY: WebhookDelivery = {
  ...{ delivery: 'msg_q83vEjRWeJCrze8SNFZ4kA', webhook: EXAMPLE_WEBHOOK.webhook, event: 'poll.opened' },
  ...{ state: 'waiting', at: 1_795_349_712_000, tries: 2, due: 1_795_349_742_000, error: 'it answers 500' },
}

export const listDeliveries = call({
  id: 'listDeliveries',
  method: 'GET',
  path: '/v1/studio/webhooks/{webhook}/deliveries',
  tag: 'Studio',
  summary: 'List the deliveries of a webhook, newest first',
  description: 'Each is kept for seven days.',
  who: 'member',
  query: {
    limit: v.pipe(wholeText(1, LIST_MAX), v.description(`At most this many; default ${LIST}`)),
    state: v.pipe(STATE, v.description('Only those; default: all')),
  },
  answers: { 200: answer('The deliveries', v.array(DeliverySchema), [EXAMPLE_DELIVERY]) },
  errors: ['store_unavailable'],
}).handle(async (context: WebhookContext, { params, query: { limit = LIST, state }, caller }) => {
  const { webhook } = await managed(context, caller, params.webhook)
  return { status: 200, body: (await context.store.deliveries(webhook, limit, state)).map(viewOf) }
})

export const retryDelivery = call({
  id: 'retryDelivery',
  method: 'POST',
  path: '/v1/studio/webhooks/{webhook}/deliveries/{delivery}/retry',
  tag: 'Studio',
  summary: 'Deliver once more',
  description: 'At once, and again as often as a new one; its `webhook-id` stays the same.',
  who: 'member',
  answers: { 200: answer('The delivery', DeliverySchema, { ...EXAMPLE_DELIVERY, tries: 0 }) },
  errors: ['store_unavailable'],
}).handle(async (context: WebhookContext, { params, caller }) => {
  const { webhook } = await managed(context, caller, params.webhook)
  const now = context.clock.now()
  const { delivery: id } = params
  const detail = { webhook, delivery: id }
  const entry = { at: now, who: caller.who, action: 'retry-delivery', poll: '', detail }
  const delivery = await context.store.retry(webhook, id, { now, entry })
  if (delivery === undefined) throw new RoarError('not_found', 'the webhook has no such delivery')
  return { status: 200, body: viewOf(delivery) }
})

export const viewOf = ({ body: _, ...delivery }: StoredDelivery): WebhookDelivery => delivery
