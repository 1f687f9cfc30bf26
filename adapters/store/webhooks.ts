import type { AuditEntry } from '../../protocol/trail.ts'
import type { DeliveryState, Threshold, WebhookDelivery, WebhookEvent } from '../../protocol/webhooks.ts'

/** A receiver, as it is kept. */
export interface StoredWebhook {
  webhook: string
  url: string
  /** `whsec_…`. Each delivery is signed with it, so it is no hash. */
  secret: string
  /** What it is told of. */
  events: WebhookEvent[]
  /** Absent: of every show. */
  show?: string
  /** Of one that is told of `show.threshold`. */
  threshold?: Threshold
  made: number
}

export interface StoredDelivery extends WebhookDelivery {
  /** The bytes that are signed and sent, at each try. */
  body: string
}

/** What waits for one receiver. */
export interface Backlog {
  webhook: string
  waiting: number
  /** When the first of them is due. */
  due: number
}

/** The webhooks' part of the store. Several processes may work on it at once: a delivery may be tried twice and is not lost. */
export interface WebhookStore {
  /** Oldest first. */
  all(): Promise<StoredWebhook[]>
  /**
   * Adds a receiver, with what was done, in one transaction. One that is there was added by whoever says it again.
   * @returns false, and nothing is written, where there are `max`.
   */
  add(webhook: StoredWebhook, options: { max: number; entry: AuditEntry }): Promise<boolean>
  /** Removes a receiver and all of its deliveries. @returns whether it was there */
  remove(webhook: string, entry: AuditEntry): Promise<boolean>
  backlog(): Promise<Backlog[]>
  /** Adds deliveries that are not there yet, and of receivers that are; deletes those of events before `keptFrom`. */
  record(deliveries: readonly StoredDelivery[], keptFrom: number): Promise<void>
  /** Takes the one delivery of a receiver that is due for longest: until `until` nobody else gets it. */
  claim(webhook: string, times: { now: number; until: number }): Promise<StoredDelivery | undefined>
  /**
   * Says how a try went. What has been removed meanwhile stays away, and what was delivered stays delivered. A failure is of
   * nobody's concern any more once somebody else has claimed the delivery, or has it tried again from its first try on.
   * @param claimed As `claim` gave it.
   */
  settle(delivery: StoredDelivery, claimed: Pick<StoredDelivery, 'due'>): Promise<void>
  /** The newest first. @param state Only those. */
  deliveries(webhook: string, limit: number, state?: DeliveryState): Promise<StoredDelivery[]>
  /** Has a delivery tried again, from its first try on, with what was done. @returns undefined where there is none. */
  retry(
    webhook: string,
    delivery: string,
    options: { now: number; entry: AuditEntry },
  ): Promise<StoredDelivery | undefined>
}
