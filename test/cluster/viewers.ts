import { connect, type Socket } from 'node:net'
import { decodeServerPacket } from '../../protocol/mqtt/decode-server.ts'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { FrameReader } from '../../protocol/mqtt/frame-reader.ts'

const PACKET_BYTES_MAX = 64 * 1024
/** Viewers that connect at once, as a listen queue is limited. */
const CONNECTING_MAX = 50

/** What a test publishes: `serial` identifies the packet, `at` is its time of publication. */
export interface SerialPacket {
  serial: number
  at: number
}

export const serialPacket = (serial: number): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ serial, at: Date.now() } satisfies SerialPacket))

/** One viewer over MQTT 3.1.1 and TCP, on a broker or an edge. */
class Viewer {
  /** The serials of each topic, in order of arrival. */
  readonly heard = new Map<string, number[]>()
  readonly #socket: Socket
  readonly #onPacket: (packet: SerialPacket) => void
  #wake: (() => void)[] = []

  constructor(port: number, filter: string, onPacket: (packet: SerialPacket) => void) {
    this.#onPacket = onPacket
    const frames = new FrameReader({ packetBytesMax: PACKET_BYTES_MAX })
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.on('data', (chunk: Buffer) => {
      for (const frame of frames.read(chunk)) this.#take(decodeServerPacket(frame))
    })
    // A broker that was killed; tests check `lost`.
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => this.#wakeAll())
    this.#socket.write(encodeConnect({ clientId: crypto.randomUUID(), keepAliveS: 0 }))
    this.#socket.write(encodeSubscribe(1, [filter]))
  }

  get lost(): boolean {
    return this.#socket.closed
  }

  subscribed = false

  #take(packet: ReturnType<typeof decodeServerPacket>): void {
    if (packet.type === 'suback') this.subscribed = true
    if (packet.type === 'publish') {
      const told = JSON.parse(new TextDecoder().decode(packet.payload)) as SerialPacket
      const serials = this.heard.get(packet.topic)
      if (serials) serials.push(told.serial)
      else this.heard.set(packet.topic, [told.serial])
      this.#onPacket(told)
    }
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Settles when the condition holds. Rejects when the connection ends before. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.lost) throw new Error('a viewer lost its connection')
      await new Promise<void>((wake) => this.#wake.push(wake))
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Many viewers on one node. */
export class Viewers {
  readonly #viewers: Viewer[] = []
  /** Milliseconds from publication to arrival, of every packet of every viewer. */
  readonly latenciesMs: number[] = []

  /** Resolves when all have their SUBACK. */
  static async watch(port: number, count: number, filter = 'roar/final/#'): Promise<Viewers> {
    const all = new Viewers()
    const onPacket = ({ at }: SerialPacket) => void all.latenciesMs.push(Date.now() - at)
    while (all.#viewers.length < count) {
      const some = Array.from({ length: Math.min(CONNECTING_MAX, count - all.#viewers.length) }, () => {
        const viewer = new Viewer(port, filter, onPacket)
        all.#viewers.push(viewer)
        return viewer.until(() => viewer.subscribed)
      })
      await Promise.all(some)
    }
    return all
  }

  /** Resolves when every viewer has received this packet or a newer one. */
  async hear(topic: string, serial: number): Promise<void> {
    await Promise.all(
      this.#viewers.map((viewer) => viewer.until(() => (viewer.heard.get(topic)?.at(-1) ?? 0) >= serial)),
    )
  }

  /** The distinct lists of serials received on a topic: one list if all viewers received the same. */
  serials(topic: string): number[][] {
    const lists = this.#viewers.map(({ heard }) => JSON.stringify(heard.get(topic) ?? []))
    return [...new Set(lists)].map((list) => JSON.parse(list) as number[])
  }

  /** Packets received by all viewers together. */
  get deliveries(): number {
    return this.latenciesMs.length
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.close()
  }
}
