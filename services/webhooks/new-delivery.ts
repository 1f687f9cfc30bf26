import { createHash } from 'node:crypto'
import type { StoredDelivery } from '../../adapters/store/webhooks.ts'
import type { WEBHOOK_TEST, WebhookBody, WebhookEvent } from '../../protocol/webhooks.ts'

/** What a receiver is told. */
interface News {
  /** Says what it is, to whom: the same key is the same delivery, whoever makes it. */
  key: string
  webhook: string
  event: WebhookEvent | typeof WEBHOOK_TEST
  /** When it happened. */
  at: number
  data: WebhookBody['data'] | { webhook: string }
  /** When it is tried first. */
  due: number
}

/** A delivery that was not tried yet. Its id follows from the key, so that what is found again is nothing new. */
export const newDelivery = ({ key, webhook, event, at, data, due }: News): StoredDelivery => ({
  ...{ delivery: `msg_${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`, webhook, event },
  ...{ state: 'waiting', at, tries: 0, due },
  body: JSON.stringify({ type: event, timestamp: new Date(at).toISOString(), data }),
})
