import type { Clock } from '../../adapters/clock/clock.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { encodeRevoked, type Revoked } from '../../protocol/revoked.ts'
import { revokedTopic } from '../../protocol/topics.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/** The longest Message Expiry Interval of MQTT is 2^32 - 1 seconds. */
const EXPIRY_MS_MAX = 4_000_000_000_000

/**
 * Publishes revoked tokens for every edge: each retained under its mark, which brokers and edges drop when the token would have
 * expired. All of them again after each reconnect: a broker may have lost its memory. Publishing twice is harmless, so every
 * deliver does it, also a standby.
 */
export function publishRevoked({
  pubsub,
  directory,
  clock,
}: {
  pubsub: PubSub
  directory: ShowDirectory
  clock: Pick<Clock, 'now'>
}): { stop(): void } {
  const publish = (revoked: Revoked): void =>
    pubsub.publish({
      topic: revokedTopic(revoked.revoked),
      payload: encodeRevoked(revoked),
      retain: true,
      properties: { expiresMs: Math.min(revoked.until, clock.now() + EXPIRY_MS_MAX) },
    })
  const unfollow = directory.followRevoked(publish)
  const forget = pubsub.onState((state) => {
    if (state === 'up') for (const revoked of directory.revoked()) publish(revoked)
  })
  return {
    stop() {
      unfollow()
      forget()
    },
  }
}
