import type { Socket } from 'bun'
import type { LoopShare } from '../../engine/loop-share.ts'
import { CLOSE } from '../../protocol/close-codes.ts'
import { FrameDecoder, type FrameHandler } from '../../protocol/websocket/frame-decoder.ts'
import { CLOSE_STATUS } from '../../protocol/websocket/opcodes.ts'
import type { TrustProxy } from '../http/forwarded.ts'
import type { SocketOwner, UpgradeRoute } from '../http/routes.ts'
import { CHARGES, chargeOfBytes } from './charges.ts'
import type { Connection } from './connection.ts'
import { FramedTransport } from './framed-transport.ts'
import { SUBPROTOCOL, tokenIn } from './http-door.ts'
import type { Hub } from './hub.ts'
import { PROBE_AFTER_MS } from './tcp.ts'
import type { InputReader } from './unread.ts'

/**
 * Sockets at `/mqtt` that a fast lane hands over: same as the route of that path, but without the runtime's server in between.
 */
export const laneUpgrade = (hub: Hub, { trustProxy }: { trustProxy: TrustProxy }): UpgradeRoute => ({
  path: '/mqtt',
  accept({ protocols, query, authorization, address }) {
    // The route has the right answer for them [MQTT-6.0.0-3].
    if (!protocols.includes(SUBPROTOCOL)) return undefined
    const token = tokenIn(authorization, new URLSearchParams(query))
    const from = { address: address(trustProxy), token }
    return { protocol: SUBPROTOCOL, open: (socket) => new LaneSocket(hub, socket, from) }
  },
})

/** One viewer's socket: decodes frames into MQTT, and encodes the other way. */
class LaneSocket implements SocketOwner, FrameHandler, InputReader {
  readonly #transport: FramedTransport
  /** Present only while a frame, or a fragmented message, is incomplete. */
  #frames: FrameDecoder | undefined
  readonly #connection: Connection | undefined
  /** The last ping in the current bytes. */
  #ping: Uint8Array | undefined

  constructor(hub: Hub, socket: Socket<SocketOwner>, from: { address: string; token: string | undefined }) {
    const { limits, counters } = hub.context
    const { backlogBytesMax } = limits
    this.#transport = new FramedTransport(socket as Socket<never>, { ...from, backlogBytesMax, counters })
    this.#connection = hub.connect(this.#transport)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, PROBE_AFTER_MS)
    // A browser does not reveal the status of a refused upgrade, but it does reveal a close's code and reason.
    const refused = this.#connection?.turnedAway
    if (this.#connection === undefined) {
      this.#transport.close(CLOSE.tryAgainLater, '')
      // Closes at once, which the lane must not hear of before it has handed the socket over.
      queueMicrotask(() => this.#transport.hangUp())
    } else if (refused) this.#connection.leave(refused.code, refused.text)
  }

  data(chunk: Uint8Array): void {
    if (this.#connection === undefined) this.#transport.ignored(chunk.length)
    else this.#transport.input(chunk, this)
  }

  arrived(bytes: number): void {
    this.#connection!.arrived(bytes)
  }

  receive(chunk: Uint8Array): void {
    // Each packet has a frame of its own, of which many may come at once.
    this.#transport.cork(() => this.#read(chunk))
  }

  get relay(): boolean {
    return this.#connection!.relay
  }

  get share(): LoopShare {
    return this.#connection!.share
  }

  get isStrained(): boolean {
    return this.#connection!.isStrained
  }

  overrun(): void {
    this.#connection!.overrun()
  }

  #read(chunk: Uint8Array): void {
    const frames = this.#frames ?? new FrameDecoder()
    const fault = frames.read(chunk, this)
    this.#frames = frames.idle ? undefined : frames
    this.#answerPing()
    if (fault !== undefined)
      this.#connection?.abort({ reason: 'bad_frame', code: fault, text: 'Not a frame of RFC 6455' })
  }

  /** After a close nothing that the peer sends is read. */
  get isClosed(): boolean {
    return this.#connection?.isClosed === true
  }

  /** Charged as work, so that empty frames cost their sender something. */
  frame(): void {
    this.#connection?.charge(CHARGES.frame)
  }

  payload(bytes: Uint8Array): void {
    this.#connection?.receive(bytes)
  }

  text(): void {
    // [MQTT-6.0.0-1]
    this.#connection?.abort({ reason: 'text_frame', code: CLOSE.unsupportedData, text: 'MQTT is binary' })
  }

  ping(payload: Uint8Array): void {
    if (this.#connection?.charge(chargeOfBytes(payload.length))) this.#ping = payload
  }

  /** Of several pings the last one is answered (RFC 6455 section 5.5.3): each answer is a write of its own. */
  #answerPing(): void {
    if (this.#ping !== undefined && !this.isClosed) this.#transport.pong(this.#ping)
    this.#ping = undefined
  }

  pong(): void {}

  /** The client sends a close frame, and gets one back (RFC 6455 section 5.5.1). */
  close(code: number): void {
    this.#connection?.leave(code === CLOSE_STATUS.noStatus ? CLOSE_STATUS.normal : code, '')
  }

  drain(): void {
    this.#transport.drain()
    this.#connection?.drained()
  }

  ended(): void {
    this.#transport.hangUp()
  }

  closed(): void {
    this.#transport.closed()
    this.#connection?.closed()
  }
}
