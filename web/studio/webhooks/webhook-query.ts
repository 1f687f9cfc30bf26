import { useQuery } from '@tanstack/react-query'
import type { Threshold, WebhookDelivery, WebhookEvent } from '../../../protocol/webhooks.ts'
import { call } from '../api/call.ts'

export interface Webhook {
  webhook: string
  url: string
  events: WebhookEvent[]
  show?: string
  /** For `show.threshold`. */
  threshold?: Threshold
  made: number
  /** Deliveries not yet made. */
  waiting: number
}

export const WEBHOOKS = ['webhooks']
/** The effect of a press shows within two seconds. */
const LOOK_MS = 2_000

export const useWebhooks = () =>
  useQuery({
    queryKey: WEBHOOKS,
    queryFn: ({ signal }) => call<Webhook[]>('v1/studio/webhooks', { signal }),
    refetchInterval: LOOK_MS,
  })

/** The newest deliveries of one webhook, or only its dead ones, however old. */
export const useDeliveries = (webhook: string, which: 'newest' | 'dead') =>
  useQuery({
    queryKey: [...WEBHOOKS, webhook, which],
    queryFn: ({ signal }) =>
      call<WebhookDelivery[]>(
        `v1/studio/webhooks/${webhook}/deliveries${which === 'dead' ? '?state=dead&limit=200' : ''}`,
        { signal },
      ),
    refetchInterval: LOOK_MS,
  })
