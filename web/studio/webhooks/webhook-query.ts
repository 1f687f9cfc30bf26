import { useQuery } from '@tanstack/react-query'
import type { Threshold, WebhookDelivery, WebhookEvent } from '../../../protocol/webhooks.ts'
import { call } from '../api/call.ts'

export interface Webhook {
  webhook: string
  url: string
  events: WebhookEvent[]
  show?: string
  /** Of `show.threshold`. */
  threshold?: Threshold
  made: number
  /** Deliveries that have not arrived yet. */
  waiting: number
}

export const WEBHOOKS = ['webhooks']
/** What somebody pressed for arrives within two seconds. */
const LOOK_MS = 2_000

export const useWebhooks = () =>
  useQuery({
    queryKey: WEBHOOKS,
    queryFn: ({ signal }) => call<Webhook[]>('v1/studio/webhooks', { signal }),
    refetchInterval: LOOK_MS,
  })

/** The newest deliveries of one, or of those the dead alone, however old. */
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
