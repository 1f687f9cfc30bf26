import type { WebhookDelivery } from '../../../protocol/webhooks.ts'

/** Event names for producers. */
export const EVENT_WORDS: Record<WebhookDelivery['event'], string> = {
  'show.started': 'Show started',
  'show.ended': 'Show ended',
  'show.threshold': 'Loud for long',
  'show.highlight': 'Loud moment',
  'poll.opened': 'Poll opened',
  'poll.closed': 'Poll closed',
  'poll.revealed': 'Poll revealed',
  'poll.sealed': 'Poll sealed',
  'webhook.test': 'Test',
}
