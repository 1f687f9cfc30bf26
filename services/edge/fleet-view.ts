import { drawEdge, othersThan } from '../../engine/fleet.ts'
import type { ChosenEdge, FleetPacket } from '../../protocol/fleet.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'
import type { TransportKind } from './counters.ts'
import type { Goodbye } from './goodbye.ts'

/** Tolerates four missing packets. After that nobody knows who has room. */
const HOLDS_MS = 15_000

/** What an edge knows of the others: deliver's last packet. */
export class FleetView {
  readonly #own: readonly string[]
  readonly #random: () => number
  #packet: FleetPacket | undefined
  #heardMs = 0
  /** Derived from the last packet: between two, viewers are checked by the thousand. */
  readonly #others = new Map<TransportKind, ChosenEdge[]>()

  /** @param options.own Addresses of this edge. @param options.random From 0 to 1. */
  constructor({ own, random }: { own: readonly string[]; random: () => number }) {
    this.#own = own
    this.#random = random
  }

  hear(packet: FleetPacket | undefined, now: number): void {
    this.#packet = packet
    this.#heardMs = now
    this.#others.clear()
  }

  /** Undefined if there is none, or it is too old. */
  packet(now: number): FleetPacket | undefined {
    return now - this.#heardMs < HOLDS_MS ? this.#packet : undefined
  }

  /** Whether another edge has room for a viewer with this kind of socket. */
  hasOther(kind: TransportKind, now: number): boolean {
    return this.#othersFor(kind, now).length > 0
  }

  /** Another edge's address for a viewer with this kind of socket; undefined if none has room, or is known. */
  elsewhere(kind: TransportKind, now: number): string | undefined {
    return drawEdge(this.#othersFor(kind, now), this.#random)?.urls[0]
  }

  /** Edges reachable by this kind of socket, with only the addresses for it. */
  #othersFor(kind: TransportKind, now: number): readonly ChosenEdge[] {
    const packet = this.packet(now)
    if (packet === undefined) return []
    const known = this.#others.get(kind)
    if (known !== undefined) return known
    const fitting = packet.edges.flatMap(({ urls, weight }) => {
      const some = urls.filter((url) => SCHEMES[kind].test(url))
      return some.length > 0 ? [{ urls: some, weight }] : []
    })
    const others = othersThan(this.#own, fitting)
    this.#others.set(kind, others)
    return others
  }

  /** The goodbye with an alternative address, if the client's socket can carry it. */
  directed<Why extends Goodbye>(why: Why, kind: TransportKind, now: number): Why {
    const url = why.moves ? this.elsewhere(kind, now) : undefined
    if (url === undefined) return why
    return {
      ...why,
      reason: REASON.useAnotherServer,
      text: `${why.text.replace(/: retry in \d+ s$/, '')}: go to ${url}`,
      reference: kind === 'tcp' ? hostOf(url) : url,
    }
  }
}

const SCHEMES: Record<TransportKind, RegExp> = { websocket: /^wss?:/, tcp: /^mqtts?:/, events: /^$/ }

/** A name and a port, as section 4.13 of MQTT 5 recommends. */
function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port || (protocol === 'mqtts:' ? 8883 : 1883)}`
}
