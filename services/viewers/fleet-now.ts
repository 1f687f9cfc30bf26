import type { Clock } from '../../adapters/clock/clock.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { FLEET_MS, fleetPacket } from '../../engine/fleet.ts'
import type { EdgeReport } from '../../protocol/fleet.ts'
import { FLEET_TOPIC } from '../../protocol/topics.ts'

/** Publishes the state of the edges, for roles that hand out addresses, and for the edges themselves. Nothing if none reports. */
export function publishFleet({
  pubsub,
  clock,
  isActive,
  edges,
  random = Math.random,
}: {
  pubsub: PubSub
  clock: Clock
  isActive: () => boolean
  edges: () => Iterable<readonly [string, EdgeReport]>
  random?: () => number
}): { stop(): void } {
  let cancel = (): void => {}
  const tick = (): void => {
    cancel = clock.after(FLEET_MS, tick)
    const fleet = new Map(isActive() ? edges() : [])
    if (fleet.size === 0) return
    const packet = fleetPacket(fleet, { at: clock.now(), random })
    pubsub.publish({
      topic: FLEET_TOPIC,
      payload: new TextEncoder().encode(JSON.stringify(packet)),
      retain: true,
    })
  }
  cancel = clock.after(FLEET_MS, tick)
  return { stop: () => cancel() }
}
