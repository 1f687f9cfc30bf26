import { createHash } from 'node:crypto'
import type { StoredDelivery } from '../../adapters/store/webhooks.ts'
import type { WEBHOOK_TEST, WebhookBody, WebhookEvent } from '../../protocol/webhooks.ts'

/** A new delivery's contents. */
interface News {
  /** Identifies event and receiver: the same key is the same delivery, whoever makes it. */
  key: string
  webhook: string
  event: WebhookEvent | typeof WEBHOOK_TEST
  /** When it happened. */
  at: number
  data: WebhookBody['data'] | { webhook: string }
  /** When it is first tried. */
  due: number
}

/** An untried delivery. Its id is derived from the key, so that an event found again makes nothing new. */
export const newDelivery = ({ key, webhook, event, at, data, due }: News): StoredDelivery => ({
  ...{ delivery: `msg_${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`, webhook, event },
  ...{ state: 'waiting', at, tries: 0, due },
  body: JSON.stringify({ type: event, timestamp: new Date(at).toISOString(), data }),
})
