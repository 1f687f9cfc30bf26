import type { Socket } from 'bun'
import type { Target } from '../load/target.ts'
import { binaryFrame, upgradeRequest, WebSocketReader } from '../load/websocket.ts'
import { decodeServerPacket } from '../protocol/mqtt/decode-server.ts'
import { encodeConnect, encodeSubscribe } from '../protocol/mqtt/encode-client.ts'
import { FrameReader } from '../protocol/mqtt/frame-reader.ts'

const PACKET_BYTES_MAX = 64 * 1024

interface Listener {
  frames: WebSocketReader
  packets: FrameReader
  upgraded: boolean
  topic: string
  hear: (payload: Uint8Array) => void
  listening: () => void
  /** Rejects the wait for it if it is refused. */
  refused: (why: Error) => void
  /** How the server closed it. */
  said: string
  ended: () => void
}

/** One connection. */
export interface Listening {
  close(): void
  /** Settles when it is gone, by either side. */
  ended: Promise<void>
}

/** Connections over WebSocket, each subscribed to one topic. */
export class Listeners {
  /** Connections that the server ended. */
  lost = 0
  readonly #target: Target
  readonly #sockets = new Set<Socket<Listener>>()

  constructor(target: Target) {
    this.#target = target
  }

  /** Connects one, and settles once it is subscribed. Rejects when it is refused. */
  async open(topic: string, hear: (payload: Uint8Array) => void): Promise<Listening> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const data: Listener = {
      ...{ frames: new WebSocketReader(), packets: new FrameReader({ packetBytesMax: PACKET_BYTES_MAX }) },
      ...{ upgraded: false, topic, hear },
      ...{ listening: resolve, refused: reject, said: 'it said nothing', ended: end },
    }
    const { address: hostname, port } = this.#target
    const socket = await Bun.connect<Listener>({ hostname, port, data, socket: this.#handlers })
    this.#sockets.add(socket)
    socket.write(upgradeRequest(this.#target))
    await promise
    const close = () => {
      this.#sockets.delete(socket)
      socket.terminate()
    }
    return { close, ended }
  }

  readonly #handlers = {
    data: (socket: Socket<Listener>, chunk: Buffer) => this.#read(socket, chunk),
    close: (socket: Socket<Listener>) => {
      const { data } = socket
      if (this.#sockets.delete(socket)) this.lost++
      data.ended()
      data.refused(new Error(`the server ended the connection of a viewer: ${data.said}`))
    },
  }

  #read(socket: Socket<Listener>, chunk: Buffer): void {
    const listener = socket.data
    let bytes = chunk
    if (!listener.upgraded) {
      const end = chunk.indexOf('\r\n\r\n')
      if (end < 0) return
      listener.upgraded = true
      bytes = chunk.subarray(end + 4)
      socket.write(binaryFrame(encodeConnect({ clientId: '', keepAliveS: 0 })))
      socket.write(binaryFrame(encodeSubscribe(1, [listener.topic])))
    }
    for (const event of listener.frames.read(bytes)) {
      if (event.type === 'close') listener.said = `code ${event.code}`
      if (event.type !== 'bytes') continue
      for (const frame of listener.packets.read(event.bytes)) {
        const packet = decodeServerPacket(frame)
        if (packet.type === 'suback') listener.listening()
        else if (packet.type === 'publish') listener.hear(packet.payload)
      }
    }
  }

  close(): void {
    const all = [...this.#sockets]
    this.#sockets.clear()
    for (const socket of all) socket.terminate()
  }
}
