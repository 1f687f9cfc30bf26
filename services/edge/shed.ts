import { LEAVING_PER_SECOND, overShare } from '../../engine/fleet.ts'
import { viewersMax } from './door.ts'
import { MOVED } from './goodbye.ts'
import type { Hub } from './hub.ts'

const STEP_MS = 1_000
/** The pause after a round: clients that return to where they were must not be disturbed again and again. */
const ROUND_MS = 300_000

/** A packet counts viewers as edges reported them up to five seconds ago: compare it with the lowest number here since. */
const PACKETS = 3

/**
 * Sends viewers elsewhere while this edge has more than its share of the fleet: 2 % of them a second, the oldest first, and none
 * that cannot be told where to go. A round ends when as many have left as were in excess at its start. It does not react to a
 * rush, of which every edge gets its part before anybody has counted it.
 */
export class Shedding {
  readonly #hub: Hub
  #dueMs = 0
  #nextRoundMs = 0
  #left = 0
  /** Viewers here at each of the last packets, the newest last. */
  #counts: number[] = []
  #packetAt = 0

  constructor(hub: Hub) {
    this.#hub = hub
  }

  tick(now: number): void {
    const { context } = this.#hub
    const { draining, standby, fleet, members, turnedAway } = context
    const packet = fleet.packet(now)
    if (now < this.#dueMs || draining || standby || packet === undefined) return
    this.#dueMs = now + STEP_MS
    const connections = members.size - turnedAway
    this.#remember(connections, packet.at)
    if (this.#counts.length < PACKETS) return
    const known = { connections: Math.min(connections, ...this.#counts), limit: viewersMax(context) }
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

  /** Returns how many it sent away: fewer if the next ones cannot be redirected. */
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
