import mqttPacket, { type Packet } from 'mqtt-packet'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { MqttVersion } from '../../protocol/mqtt/wire.ts'
import { type ContextOptions, TICK_MS } from '../../services/edge/context.ts'
import type { TransportKind } from '../../services/edge/counters.ts'
import { Hub } from '../../services/edge/hub.ts'
import type { Transport } from '../../services/edge/transport.ts'
import type { ClientCertificate } from '../../services/http/tls.ts'

/** An in-memory socket: what was sent, and how much of it the peer has not read. */
export class MemoryTransport implements Transport {
  readonly kind: TransportKind
  readonly address: string
  readonly local = false
  certificate: ClientCertificate | undefined
  /** What was sent to the viewer and not checked yet. */
  sent: Uint8Array[] = []
  closedWith: { code: number; reason: string } | undefined
  /** The peer reads nothing. */
  stuck = false
  #backlog: Uint8Array[] = []
  #backlogBytesMax: number

  constructor({
    backlogBytesMax,
    address = '192.0.2.1',
    kind = 'tcp',
  }: {
    backlogBytesMax: number
    address?: string
    kind?: TransportKind
  }) {
    this.#backlogBytesMax = backlogBytesMax
    this.kind = kind
    this.address = address
  }

  send(bytes: Uint8Array): boolean {
    if (this.backlogBytes() > this.#backlogBytesMax) return false
    if (this.stuck || this.#backlog.length > 0) this.#backlog.push(bytes)
    else this.sent.push(bytes)
    return true
  }

  widen(backlogBytesMax: number): void {
    this.#backlogBytesMax = backlogBytesMax
  }

  backlogBytes(): number {
    return this.#backlog.reduce((sum, { length }) => sum + length, 0)
  }

  /** The peer reads this many of the waiting pieces, as they were handed over. */
  read(pieces = Number.POSITIVE_INFINITY): void {
    this.sent.push(...this.#backlog.splice(0, pieces))
  }

  close(code: number, reason: string): void {
    this.closedWith = { code, reason }
  }
}

/** A hub whose clock and sockets the test controls. The show `final` exists. */
export function hubRig(options: Partial<ContextOptions> = {}) {
  const clock = new ManualClock(1_000_000)
  const hub = new Hub({
    now: () => clock.now(),
    passedMs: () => clock.passedMs(),
    showExists: (show) => show === 'final',
    isInStep: () => true,
    newClientId: () => 'assigned',
    ...options,
  })
  return {
    hub,
    context: hub.context,
    publish: (topic: string, payload: string, retain = false) =>
      hub.publish({ topic, payload: new TextEncoder().encode(payload), retain }),
    /** Sets the clock, as somebody corrects a machine's: no time passes. */
    setClock: (byMs: number) => clock.setBack(-byMs),
    /** Lets time pass, tick by tick. */
    pass(ms: number) {
      for (let left = ms; left > 0; left -= TICK_MS) {
        clock.advance(Math.min(left, TICK_MS))
        hub.tick()
      }
    },
    /** A viewer with a socket that has not sent anything yet. */
    viewer: (version: MqttVersion = 4, address?: string) => new RigViewer(hub, version, address),
    /** A viewer whose CONNECT was accepted. */
    connected(version: MqttVersion = 4, connect: Partial<Packet> = {}) {
      const viewer = new RigViewer(hub, version)
      viewer.connect(connect)
      viewer.heard()
      return viewer
    },
  }
}

/** The far end of a connection. Encodes and decodes with mqtt-packet, the codec of mqtt.js. */
class RigViewer {
  readonly transport: MemoryTransport
  readonly connection
  readonly #version: MqttVersion

  constructor(hub: Hub, version: MqttVersion, address?: string) {
    this.#version = version
    this.transport = new MemoryTransport({
      ...hub.context.limits,
      ...(address === undefined ? {} : { address }),
    })
    this.connection = hub.connect(this.transport)!
  }

  get closedWith() {
    return this.transport.closedWith
  }

  /** Reads some of what is waiting, by default all, and from then on everything as it arrives, unless stuck. */
  reads(pieces?: number): void {
    this.transport.read(pieces)
    this.connection.drained()
  }

  say(packet: Packet): void {
    this.bytes(mqttPacket.generate(packet, { protocolVersion: this.#version }))
  }

  bytes(bytes: Uint8Array | number[]): void {
    this.connection.arrived(bytes.length)
    this.connection.receive(Uint8Array.from(bytes))
  }

  connect(more: Partial<Packet> = {}): void {
    const version = { protocolId: 'MQTT', protocolVersion: this.#version } as const
    this.say({
      cmd: 'connect',
      ...version,
      clientId: 'viewer',
      clean: true,
      keepalive: 60,
      ...more,
    } as Packet)
  }

  subscribe(
    ...filters: (string | { topic: string; qos?: 0 | 1 | 2; rap?: boolean; rh?: 0 | 1 | 2 })[]
  ): void {
    const subscriptions = filters.map((filter) => ({
      qos: 0 as const,
      nl: false,
      rap: false,
      rh: 0 as const,
      ...(typeof filter === 'string' ? { topic: filter } : filter),
    }))
    this.say({ cmd: 'subscribe', messageId: 1, subscriptions })
  }

  unsubscribe(...unsubscriptions: string[]): void {
    this.say({ cmd: 'unsubscribe', messageId: 2, unsubscriptions })
  }

  /** What was sent since the last call. */
  packets(): Packet[] {
    const parser = mqttPacket.parser({ protocolVersion: this.#version })
    const packets: Packet[] = []
    parser.on('packet', (packet) => packets.push(packet))
    for (const bytes of this.transport.sent.splice(0)) parser.parse(Buffer.from(bytes))
    return packets
  }

  /** The same in one line each: `mood 1 payload` for a PUBLISH with RETAIN, `suback 0,128`, `disconnect 135`. */
  heard(): string[] {
    return this.packets().map(line)
  }
}

function line(packet: Packet): string {
  switch (packet.cmd) {
    case 'publish':
      return `${packet.topic.replace('roar/final/', '')} ${packet.retain ? 1 : 0} ${packet.payload}`
    case 'connack':
      return `connack ${packet.reasonCode ?? packet.returnCode}`
    case 'suback':
      return `suback ${packet.granted}`
    case 'unsuback':
      return `unsuback ${packet.granted ?? ''}`.trim()
    case 'disconnect':
      return `disconnect ${packet.reasonCode}`
    default:
      return packet.cmd
  }
}
