import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import type { WebhookDelivery } from '../../protocol/webhooks.ts'

/** After so many tries a delivery is dead, until somebody has it retried: nine to seventeen hours after the first. */
export const TRIES_MAX = 14
const BACKOFF: Backoff = { firstMs: 10_000, maxMs: 6 * 3_600_000 }

/** A delivery after a try. @param error Why it failed; undefined: it arrived. @param random Uniform in [0, 1). */
export function afterTry<Delivery extends WebhookDelivery>(
  { error: _, ...delivery }: Delivery,
  error: string | undefined,
  { now, random }: { now: number; random: () => number },
): Omit<Delivery, 'error'> & Pick<WebhookDelivery, 'error'> {
  const tries = delivery.tries + 1
  if (error === undefined) return { ...delivery, tries, state: 'delivered', due: now }
  if (tries >= TRIES_MAX) return { ...delivery, tries, state: 'dead', due: now, error }
  return { ...delivery, tries, state: 'waiting', due: now + backoffMs(tries, BACKOFF, random), error }
}
