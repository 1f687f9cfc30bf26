import { LEAVING_PER_SECOND, overShare } from '../../engine/fleet.ts'
import { MOVED } from './goodbye.ts'
import type { Hub } from './hub.ts'

const STEP_MS = 1_000
/** After one round, how long before the next: clients that come back where they were are not to be disturbed again and again. */
const ROUND_MS = 300_000

/** A packet counts viewers as edges reported them up to five seconds ago: it is held against the fewest that were here since. */
const PACKETS = 3

/**
 * Sends viewers elsewhere while this edge has more than its share of the fleet: 2 % of them a second, those who came first,
 * and none that cannot be told where to. A round is over when as many have gone as were too many when it began. A rush, of which
 * every edge gets its part before anybody has counted it, is no reason.
 */
export class Shedding {
  readonly #hub: Hub
  #dueMs = 0
  #nextRoundMs = 0
  #left = 0
  /** Viewers here as each of the last packets came, the newest last. */
  #counts: number[] = []
  #packetAt = 0

  constructor(hub: Hub) {
    this.#hub = hub
  }

  tick(now: number): void {
    const { draining, standby, fleet, members, turnedAway, limits } = this.#hub.context
    const packet = fleet.packet(now)
    if (now < this.#dueMs || draining || standby || packet === undefined) return
    this.#dueMs = now + STEP_MS
    const connections = members.size - turnedAway
    this.#remember(connections, packet.at)
    if (this.#counts.length < PACKETS) return
    const known = { connections: Math.min(connections, ...this.#counts), limit: limits.connectionsMax }
    const over = overShare(known, packet)
    if (over > 0 && this.#left === 0 && now >= this.#nextRoundMs) {
      this.#left = over
      this.#nextRoundMs = now + ROUND_MS
    }
    const some = Math.min(over, this.#left, Math.ceil(connections * LEAVING_PER_SECOND))
    this.#left -= this.#send(some)
  }

  #remember(connections: number, packetAt: number): void {
    if (packetAt === this.#packetAt) return
    this.#packetAt = packetAt
    this.#counts = [...this.#counts.slice(1 - PACKETS), connections]
  }

  /** Returns how many it sent away: fewer where those who are next cannot be. */
  #send(count: number): number {
    if (count === 0) return 0
    let sent = 0
    for (const member of this.#hub.context.members.some()) {
      if (!member.canBeSent) continue
      member.end(MOVED)
      if (++sent === count) break
    }
    return sent
  }
}
