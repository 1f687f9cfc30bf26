import { RoarError } from '../../../protocol/errors.ts'
import { WEBHOOK_TEST } from '../../../protocol/webhooks.ts'
import { answer, call } from '../../http/call/call.ts'
import { managed, type WebhookContext } from '../context.ts'
import { newDelivery } from '../new-delivery.ts'
import { DeliverySchema, EXAMPLE_DELIVERY, viewOf } from './deliveries.ts'

/** One test each ten seconds for a webhook: a request in between returns the same delivery. */
const EVERY_MS = 10_000
/** Held until it is in the audit trail. */
const HELD_MS = 60_000

export const testWebhook = call({
  id: 'testWebhook',
  method: 'POST',
  path: '/v1/studio/webhooks/{webhook}/test',
  tag: 'Studio',
  summary: 'Send a test',
  description:
    'A delivery of `webhook.test`, signed and tried again as any other. Within ten seconds it is the same one, delivered once more.',
  who: 'member',
  answers: {
    200: answer('The delivery', DeliverySchema, { ...EXAMPLE_DELIVERY, event: WEBHOOK_TEST, tries: 0 }),
  },
  errors: ['store_unavailable'],
}).handle(async (context: WebhookContext, { params, caller }) => {
  const { store, clock } = context
  const { webhook } = await managed(context, caller, params.webhook)
  const now = clock.now()
  const slot = Math.floor(now / EVERY_MS)
  const test = newDelivery({
    ...{ key: [webhook, WEBHOOK_TEST, slot].join('\n'), webhook, event: WEBHOOK_TEST },
    ...{ at: now, data: { webhook }, due: now + HELD_MS },
  })
  const { delivery } = test
  await store.record([test], 0)
  const entry = {
    ...{ at: now, who: caller.who, action: 'test-webhook', poll: '' },
    detail: { webhook, delivery },
  }
  const sent = await store.retry(webhook, delivery, { now, entry })
  if (sent === undefined) throw new RoarError('not_found', 'there is no such webhook')
  return { status: 200, body: viewOf(sent) }
})
