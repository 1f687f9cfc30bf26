import { drawEdge } from '../../engine/fleet.ts'
import type { FleetPacket } from '../../protocol/fleet.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'
import type { TransportKind } from './counters.ts'
import type { Goodbye } from './goodbye.ts'

/** Four packets may be missing. After that nobody knows who has room. */
const HOLDS_MS = 15_000

/** What an edge knows of the others: what deliver said last. */
export class FleetView {
  readonly #own: readonly string[]
  readonly #random: () => number
  #packet: FleetPacket | undefined
  #heardMs = 0

  /** @param options.own Addresses of this edge. @param options.random From 0 to 1. */
  constructor({ own, random }: { own: readonly string[]; random: () => number }) {
    this.#own = own
    this.#random = random
  }

  hear(packet: FleetPacket | undefined, now: number): void {
    this.#packet = packet
    this.#heardMs = now
  }

  /** Undefined where there is none, or it is too old. */
  packet(now: number): FleetPacket | undefined {
    return now - this.#heardMs < HOLDS_MS ? this.#packet : undefined
  }

  /** Another edge's address for a viewer who came by this kind of socket; undefined where nobody has room, or is known. */
  elsewhere(kind: TransportKind, now: number): string | undefined {
    const scheme = SCHEMES[kind]
    const edges = this.packet(now)?.edges ?? []
    const fitting = edges.flatMap(({ urls, weight }) => {
      const some = urls.filter((url) => scheme.test(url))
      return some.length > 0 ? [{ urls: some, weight }] : []
    })
    return drawEdge(fitting, { own: this.#own, random: this.#random })?.urls[0]
  }

  /** The same goodbye, with where to go instead: to who came by a socket over which that can be said. */
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

/** As section 4.13 of MQTT 5 recommends it: a name and a port. */
function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port || (protocol === 'mqtts:' ? 8883 : 1883)}`
}
