/** What a webhook may be told of. */
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
/** What somebody sends by hand, to see whether a receiver takes deliveries. Its `data` is `{"webhook"}`. */
export const WEBHOOK_TEST = 'webhook.test'

/** The crowd reacts at more than `perSecond`, for `forS` seconds on end. */
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
  /** Of `show.threshold`, with the threshold that was crossed. */
  data: Partial<Threshold> & {
    show: string
    title: string
    /** There, and true, for what happens in a rehearsal, and which run of it this is. */
    rehearsal?: true
    run?: number
    poll?: string
    question?: string
    /** Of a sealed poll: the certificate's short code. */
    code?: string
    /** Of `show.highlight`: how many times as many reactions as just before, and the sticker that grew most. */
    lift?: number
    sticker?: string
  }
}

/** `waiting` for its first or its next try; `delivered`; `dead` after the last try, until somebody has it tried again. */
export type DeliveryState = 'waiting' | 'delivered' | 'dead'

/** One event on its way to one receiver, as the studio's calls show it. */
export interface WebhookDelivery {
  /** The `webhook-id`: the same at each try. */
  delivery: string
  webhook: string
  event: WebhookEvent | typeof WEBHOOK_TEST
  state: DeliveryState
  /** When it happened, milliseconds since 1970. */
  at: number
  tries: number
  /** When it is tried next, while it waits; otherwise when it was tried last. */
  due: number
  /** Why the last try that failed did. */
  error?: string
}
