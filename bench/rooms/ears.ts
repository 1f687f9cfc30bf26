import type { Socket } from 'bun'
import type { Histogram } from '../../load/histogram.ts'
import type { Target } from '../../load/target.ts'
import { binaryFrame, upgradeRequest, WebSocketReader } from '../../load/websocket.ts'
import { decodeServerPacket } from '../../protocol/mqtt/decode-server.ts'
import { encodeConnect, encodeSubscribe } from '../../protocol/mqtt/encode-client.ts'
import { FrameReader } from '../../protocol/mqtt/frame-reader.ts'
import type { RoomPacket } from '../../protocol/packets.ts'
import { roomTopic } from '../../protocol/topics.ts'

const PACKET_BYTES_MAX = 64 * 1024
const text = new TextDecoder()

interface Ear {
  frames: WebSocketReader
  packets: FrameReader
  upgraded: boolean
  channel: string
  listening: () => void
  /** Rejects the wait for it if it is refused. */
  refused: (why: Error) => void
  /** How the server closed it. */
  said: string
  /** The number of the newest post received. */
  newest: number
}

/** A post's text: its number in its room, and when it was sent. */
export const postText = (number: number, nowMs: number): string => `${number} ${nowMs}`

/** Members subscribed to their rooms, and whether they received every post, once and in order. */
export class Ears {
  heard = 0
  /** Posts received after a later one, repeated, or out of order. */
  wrong = 0
  lost = 0
  readonly #target: Target
  readonly #show: string
  readonly #latencies: Histogram
  readonly #sockets: Socket<Ear>[] = []
  #closing = false

  constructor(options: { target: Target; show: string; latencies: Histogram }) {
    this.#target = options.target
    this.#show = options.show
    this.#latencies = options.latencies
  }

  /** Connects one, and settles once it is subscribed. Rejects when it is refused. */
  async open(channel: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const data: Ear = {
      ...{ frames: new WebSocketReader(), packets: new FrameReader({ packetBytesMax: PACKET_BYTES_MAX }) },
      ...{ upgraded: false, channel, newest: 0 },
      ...{ listening: resolve, refused: reject, said: 'it said nothing' },
    }
    const { address: hostname, port } = this.#target
    const socket = await Bun.connect<Ear>({ hostname, port, data, socket: this.#handlers })
    this.#sockets.push(socket)
    socket.write(upgradeRequest(this.#target))
    await promise
  }

  readonly #handlers = {
    data: (socket: Socket<Ear>, chunk: Buffer) => this.#read(socket, chunk),
    close: ({ data }: Socket<Ear>) => {
      if (!this.#closing) this.lost++
      data.refused(new Error(`the server ended the connection of a member: ${data.said}`))
    },
  }

  #read(socket: Socket<Ear>, chunk: Buffer): void {
    const ear = socket.data
    let bytes = chunk
    if (!ear.upgraded) {
      const end = chunk.indexOf('\r\n\r\n')
      if (end < 0) return
      ear.upgraded = true
      bytes = chunk.subarray(end + 4)
      socket.write(binaryFrame(encodeConnect({ clientId: '', keepAliveS: 0 })))
      socket.write(binaryFrame(encodeSubscribe(1, [roomTopic(this.#show, ear.channel)])))
    }
    for (const event of ear.frames.read(bytes)) {
      if (event.type === 'close') ear.said = `code ${event.code}`
      if (event.type !== 'bytes') continue
      for (const frame of ear.packets.read(event.bytes)) {
        const packet = decodeServerPacket(frame)
        if (packet.type === 'suback') ear.listening()
        else if (packet.type === 'publish') this.#hear(ear, JSON.parse(text.decode(packet.payload)))
      }
    }
  }

  #hear(ear: Ear, { posts }: RoomPacket): void {
    for (const { text = '' } of posts) {
      const [number = 0, sentMs = 0] = text.split(' ').map(Number)
      if (number !== ear.newest + 1) this.wrong++
      ear.newest = number
      this.heard++
      this.#latencies.add(Date.now() - sentMs)
    }
  }

  close(): void {
    this.#closing = true
    for (const socket of this.#sockets) socket.terminate()
  }
}
