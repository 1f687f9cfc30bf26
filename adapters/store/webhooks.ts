import type { AuditEntry } from '../../protocol/trail.ts'
import type { DeliveryState, Threshold, WebhookDelivery, WebhookEvent } from '../../protocol/webhooks.ts'

/** A receiver, as stored. */
export interface StoredWebhook {
  webhook: string
  url: string
  /** `whsec_…`. Not a hash, because each delivery is signed with it. */
  secret: string
  /** The events that it receives. */
  events: WebhookEvent[]
  /** Absent: all shows. */
  show?: string
  /** Present if it receives `show.threshold`. */
  threshold?: Threshold
  made: number
}

export interface StoredDelivery extends WebhookDelivery {
  /** The bytes that are signed and sent, the same at each try. */
  body: string
}

/** One receiver's waiting deliveries. */
export interface Backlog {
  webhook: string
  waiting: number
  /** When the first of them is due. */
  due: number
}

/** The webhooks' part of the store. Several processes may use it at once: a delivery may be tried twice, but is never lost. */
export interface WebhookStore {
  /** Oldest first. */
  all(): Promise<StoredWebhook[]>
  /**
   * Adds a receiver, with the audit entry, in one transaction. Repeating it succeeds.
   * @returns false, without writing, if there are `max` already
   */
  add(webhook: StoredWebhook, options: { max: number; entry: AuditEntry }): Promise<boolean>
  /** Removes a receiver and all of its deliveries. @returns whether it existed */
  remove(webhook: string, entry: AuditEntry): Promise<boolean>
  backlog(): Promise<Backlog[]>
  /** Adds deliveries that are not there yet, for existing receivers; deletes those of events before `keptFrom`. */
  record(deliveries: readonly StoredDelivery[], keptFrom: number): Promise<void>
  /** Claims a receiver's longest due delivery: nobody else gets it until `until`. */
  claim(webhook: string, times: { now: number; until: number }): Promise<StoredDelivery | undefined>
  /**
   * Records the result of a try. A removed delivery stays removed, and a delivered one stays delivered. A failure is ignored if
   * somebody else has claimed the delivery since, or has restarted its tries.
   * @param claimed As returned by `claim`.
   */
  settle(delivery: StoredDelivery, claimed: Pick<StoredDelivery, 'due'>): Promise<void>
  /** The newest first. @param state Filter. */
  deliveries(webhook: string, limit: number, state?: DeliveryState): Promise<StoredDelivery[]>
  /** Restarts a delivery's tries, with an audit entry. @returns undefined if there is no such delivery */
  retry(
    webhook: string,
    delivery: string,
    options: { now: number; entry: AuditEntry },
  ): Promise<StoredDelivery | undefined>
}
