/** The events that a webhook can receive. */
export const WEBHOOK_EVENTS = [
  'poll.opened',
  'poll.closed',
  'poll.revealed',
  'poll.sealed',
  'show.started',
  'show.ended',
  'show.threshold',
  'show.highlight',
] as const
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]
/** Sent by hand, to test whether a receiver accepts deliveries. Its `data` is `{"webhook"}`. */
export const WEBHOOK_TEST = 'webhook.test'

/** The crowd reacts at more than `perSecond`, for `forS` consecutive seconds. */
export interface Threshold {
  perSecond: number
  forS: number
}
/** The longest `forS`. */
export const THRESHOLD_S_MAX = 60

/** The body of a delivery, in the form of Standard Webhooks. */
export interface WebhookBody {
  type: WebhookEvent
  /** When it happened, ISO 8601. */
  timestamp: string
  /** For `show.threshold`: the threshold that was crossed. */
  data: Partial<Threshold> & {
    show: string
    title: string
    /** Present, and true, for events of a rehearsal, with its run. */
    rehearsal?: true
    run?: number
    poll?: string
    question?: string
    /** For a sealed poll: the certificate's short code. */
    code?: string
    /** For `show.highlight`: the ratio of reactions to just before, and the sticker that grew most. */
    lift?: number
    sticker?: string
  }
}

/** `waiting` for its first or next try; `delivered`; `dead` after the last try, until somebody has it retried. */
export type DeliveryState = 'waiting' | 'delivered' | 'dead'

/** One event on its way to one receiver, as the studio's API shows it. */
export interface WebhookDelivery {
  /** The `webhook-id`: the same at each try. */
  delivery: string
  webhook: string
  event: WebhookEvent | typeof WEBHOOK_TEST
  state: DeliveryState
  /** When it happened, milliseconds since 1970. */
  at: number
  tries: number
  /** When it is tried next, while waiting; otherwise when it was last tried. */
  due: number
  /** Why the last failed try failed. */
  error?: string
}
