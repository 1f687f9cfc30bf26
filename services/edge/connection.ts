import { CLOSE } from '../../protocol/close-codes.ts'
import {
  type ClientPacket,
  decodeClientPacket,
  UnsupportedVersionError,
} from '../../protocol/mqtt/decode-client.ts'
import { encodeConnack, encodePingresp, encodeServerDisconnect } from '../../protocol/mqtt/encode-server.ts'
import { type Frame, FrameReader } from '../../protocol/mqtt/frame-reader.ts'
import { MqttError, type MqttVersion, PACKET, REASON, reasonName } from '../../protocol/mqtt/wire.ts'
import { countRefused, versionKey } from './counters.ts'
import type { Goodbye } from './goodbye.ts'
import { handleConnect } from './handle-connect.ts'
import { handlePublish } from './handle-publish.ts'
import { handleSubscribe, handleUnsubscribe } from './handle-subscribe.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './loop-fan-out.ts'
import { Subscriptions } from './subscriptions.ts'
import type { Transport } from './transport.ts'

type State = 'new' | 'verifying' | 'open' | 'closed'

const PINGRESP = encodePingresp()
/** Packets that may wait while a token is verified. MQTT lets a client go on before it has its CONNACK. */
const EARLY_PACKETS_MAX = 16

/**
 * One viewer's MQTT connection, whatever socket carries it.
 *
 * ```
 * new ──CONNECT──▶ verifying ──token is good──▶ open ──DISCONNECT, fault, silence, slowness──▶ closed
 *  │                  │ early packets wait        │
 *  └── anything else, or nothing in time: closed ─┘
 * ```
 *
 * Client ids are not identities here: anybody can choose any, so a second connection with the same id does not take
 * the first one over, as [MQTT-3.1.4-2] has it for sessions. There is no session to protect, and a stranger who knows
 * an id must not be able to throw its viewer out.
 */
export class Connection implements Listener {
  readonly hub: Hub
  readonly transport: Transport
  readonly subscriptions: Subscriptions
  version: MqttVersion = 4
  /** Another edge or a bridge: it may hear every show. */
  relay = false
  /** The largest packet the client takes; `Infinity` where it did not say. */
  packetBytesMax = Number.POSITIVE_INFINITY
  /** 0: the client asked not to be watched. */
  keepAliveMs = 0
  #state: State = 'new'
  readonly #frames: FrameReader
  #early: ClientPacket[] = []
  #lastHeardMs: number
  #wheelSlot: number
  #second = 0
  #packetsThisSecond = 0

  constructor(hub: Hub, transport: Transport) {
    this.hub = hub
    this.transport = transport
    this.subscriptions = new Subscriptions(this)
    this.#frames = new FrameReader(hub.limits)
    this.#lastHeardMs = hub.now()
    this.#wheelSlot = hub.wheel.set(this, this.#lastHeardMs + hub.limits.connectTimeoutMs)
    hub.connections.add(this)
    hub.counters.connections[transport.kind].connecting++
  }

  get state(): State {
    return this.#state
  }

  /** Takes bytes off the socket. What breaks a rule ends the connection and nothing else. */
  receive(chunk: Uint8Array): void {
    if (this.#state === 'closed') return
    this.hub.counters.bytesIn += chunk.length
    try {
      this.#expectConnect(chunk)
      for (const frame of this.#frames.read(chunk)) {
        // A packet before this one may have ended it.
        if (this.#is('closed')) return
        this.#takeFrame(frame)
      }
    } catch (error) {
      if (!(error instanceof MqttError)) throw error
      this.#fail(error)
    }
  }

  /** [MQTT-3.1.0-1], told by the first byte: what speaks another protocol is not waited for. */
  #expectConnect(chunk: Uint8Array): void {
    if (this.#state !== 'new' || !this.#frames.idle || chunk.length === 0) return
    if (chunk[0] !== PACKET.connect << 4)
      throw new MqttError(REASON.protocolError, 'The first packet is not CONNECT')
  }

  #takeFrame(frame: Frame): void {
    const now = this.hub.now()
    this.#lastHeardMs = now
    if (this.#floods(now)) {
      this.#turnAway({
        reason: REASON.messageRateTooHigh,
        code: CLOSE.flooding,
        text: 'Too many packets a second',
      })
      return
    }
    const packet = decodeClientPacket(frame, this.version)
    if (this.#state !== 'verifying') this.#handle(packet)
    else if (this.#early.length < EARLY_PACKETS_MAX) this.#early.push(packet)
    else throw new MqttError(REASON.quotaExceeded, 'Too many packets before CONNACK')
  }

  #floods(now: number): boolean {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#packetsThisSecond = 0
    }
    return ++this.#packetsThisSecond > this.hub.limits.packetsPerSecondMax
  }

  #handle(packet: ClientPacket): void {
    // [MQTT-3.1.0-2]
    if (packet.type === 'connect' && this.#state !== 'new') {
      throw new MqttError(REASON.protocolError, 'A second CONNECT')
    }
    switch (packet.type) {
      case 'connect':
        this.version = packet.version
        handleConnect(this, packet)
        return
      case 'subscribe':
        handleSubscribe(this, packet)
        return
      case 'unsubscribe':
        handleUnsubscribe(this, packet)
        return
      case 'publish':
        handlePublish(this, packet)
        return
      case 'pingreq':
        // [MQTT-3.12.4-1]
        this.send(PINGRESP)
        return
      case 'disconnect':
        // Section 3.14.4: a client that said this closes; the server does it where the client does not.
        this.#leave(1000, '')
        return
      case 'acknowledgement':
        throw new MqttError(REASON.protocolError, 'An acknowledgement of nothing')
      case 'auth':
        // Section 4.12 of v5: CONNECT named no method, so there is nothing to go on with.
        throw new MqttError(REASON.protocolError, 'AUTH without an authentication method')
    }
  }

  /** From CONNECT until the token is verified; packets that come meanwhile wait. */
  awaitVerification(): void {
    this.#state = 'verifying'
  }

  /** Accepts the CONNECT and takes what came early. */
  open(connack: Uint8Array): void {
    this.#state = 'open'
    const connections = this.hub.counters.connections[this.transport.kind]
    connections.connecting--
    connections[versionKey(this.version)]++
    this.hub.wheel.cancel(this, this.#wheelSlot)
    this.#watch()
    this.send(connack)
    try {
      for (const packet of this.#early.splice(0)) if (this.#is('open')) this.#handle(packet)
    } catch (error) {
      if (!(error instanceof MqttError)) throw error
      this.#fail(error)
    }
  }

  /** Answers the CONNECT with a refusal and closes. [MQTT-3.2.2-5] */
  refuse({ reason, code, text }: Goodbye): void {
    countRefused(this.hub.counters, reasonName(reason))
    this.send(encodeConnack({ version: this.version, reason }))
    this.#leave(code, text)
  }

  /** Sends an answer. A socket that does not even take answers is cut. */
  send(bytes: Uint8Array): void {
    if (this.#state === 'closed') return
    // [MQTT-3.1.2-24] of v5: what is larger than the client takes is left out as if it had been sent [MQTT-3.1.2-25].
    if (bytes.length > this.packetBytesMax) {
      this.hub.counters.skipped++
      return
    }
    this.hub.counters.bytesOut += bytes.length
    if (!this.transport.send(bytes)) this.cutSlow()
  }

  /** A broadcast, one connection at a time. */
  deliver(bytes: Uint8Array): void {
    const { counters, slow, now } = this.hub
    if (bytes.length > this.packetBytesMax) {
      counters.skipped++
    } else if (this.transport.offer(bytes)) {
      counters.deliveries++
      counters.bytesOut += bytes.length
    } else {
      counters.skipped++
      slow.look(this, now())
    }
  }

  /** The wheel's call. A keep-alive that moved meanwhile is set again; one that ran out ends the connection. */
  wake(now: number): void {
    const silent = now - this.#lastHeardMs
    if (this.#state !== 'open') {
      this.abort({ reason: 'connect_timeout', code: CLOSE.keepAlive, text: 'No CONNECT in time' })
    } else if (silent >= this.#silenceMaxMs) {
      this.end({
        reason: REASON.keepAliveTimeout,
        code: CLOSE.keepAlive,
        text: 'Nothing heard for 1.5 keep-alives',
      })
    } else {
      this.#watch()
    }
  }

  /** [MQTT-3.1.2-24] of 3.1.1: one and a half times the keep-alive. */
  get #silenceMaxMs(): number {
    return this.keepAliveMs * 1.5
  }

  #watch(): void {
    if (this.keepAliveMs === 0) return
    this.#wheelSlot = this.hub.wheel.set(this, this.#lastHeardMs + this.#silenceMaxMs)
  }

  cutSlow(): void {
    this.hub.counters.cutSlow++
    this.#leave(CLOSE.slow, 'The socket did not take its packets in time')
  }

  /** Ends the connection, says why as far as its MQTT version can: DISCONNECT in 5, the close code over WebSocket. */
  end({ reason, code, text }: Goodbye): void {
    if (this.#is('open') && this.version === 5) this.send(encodeServerDisconnect(reason, text))
    this.#leave(code, text)
  }

  /** Ends a connection that never got as far as MQTT. `reason` is one of a closed set of names. */
  abort({ reason, code, text }: { reason: string; code: number; text: string }): void {
    countRefused(this.hub.counters, reason)
    this.#leave(code, text)
  }

  #turnAway(end: Goodbye): void {
    countRefused(this.hub.counters, reasonName(end.reason))
    this.end(end)
  }

  #fail(error: MqttError): void {
    const code = error.reason === REASON.packetTooLarge ? CLOSE.tooLarge : CLOSE.protocolError
    if (error instanceof UnsupportedVersionError) {
      // [MQTT-3.1.2-2]: in the form that the client's version can read.
      this.send(encodeConnack({ version: error.level >= 5 ? 5 : 4, reason: error.reason }))
    }
    this.#turnAway({ reason: error.reason, code, text: error.message })
  }

  #leave(code: number, text: string): void {
    if (this.#state === 'closed') return
    this.closed()
    this.transport.close(code, text)
  }

  /** The socket is gone, by whoever's will. */
  closed(): void {
    if (this.#state === 'closed') return
    const { counters, wheel, loop, connections, slow } = this.hub
    const counted = counters.connections[this.transport.kind]
    if (this.#state === 'open') counted[versionKey(this.version)]--
    else counted.connecting--
    this.#state = 'closed'
    this.#early = []
    wheel.cancel(this, this.#wheelSlot)
    this.subscriptions.clear()
    loop.leave(this)
    slow.forget(this)
    connections.delete(this)
  }

  // A method, because handlers change the state between two looks at it.
  #is(state: State): boolean {
    return this.#state === state
  }
}
