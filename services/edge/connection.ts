import type { LoopShare } from '../../engine/loop-share.ts'
import { CLOSE, isFault } from '../../protocol/close-codes.ts'
import {
  type ClientPacket,
  decodeClientPacket,
  UnsupportedVersionError,
} from '../../protocol/mqtt/decode-client.ts'
import { encodeConnack, encodeServerDisconnect } from '../../protocol/mqtt/encode-server.ts'
import { type Frame, FrameReader } from '../../protocol/mqtt/frame-reader.ts'
import { MqttError, type MqttVersion, PACKET, REASON, reasonName } from '../../protocol/mqtt/wire.ts'
import { TREE_SHOW } from '../../protocol/topics.ts'
import { dueAt, type EdgeContext, type TokenClaims } from './context.ts'
import { countRefused, countSession } from './counters.ts'
import type { Dialect } from './dialects.ts'
import type { Goodbye } from './goodbye.ts'
import { handlePacket } from './handle-packet.ts'
import { areStrained, debit, type Origins, spend } from './origins.ts'
import { Outflow } from './outflow.ts'
import type { Session, SessionState } from './session.ts'
import { type Hearer, Subscriptions } from './subscriptions.ts'
import type { Topic } from './topics.ts'
import { type NativeChannels, type Transport, together } from './transport.ts'
import type { InputReader } from './unread.ts'

/** Packets that may wait while a token is verified: MQTT lets a client send before its CONNACK. */
const EARLY_PACKETS_MAX = 16
/** More than the rest of a PUBLISH beside its payload: the topic, at most `filterLengthMax` characters, and some bytes. */
const PUBLISH_HEAD_BYTES_MAX = 1024

/** The share of a burst beyond which what one sends can wait. */
const STRAINED = 1 / 16
/** Claims of a client without a token: one shared object. */
const NO_CLAIMS: TokenClaims = Object.freeze({})

const DIALECTS: Record<MqttVersion, Hearer['dialects'] & { all: Dialect[] }> = {
  4: { plain: '4', asPublished: '4', all: ['4'] },
  5: { plain: '5', asPublished: '5r', all: ['5', '5r'] },
}

/**
 * One viewer's MQTT connection, whatever socket carries it.
 *
 * ```
 * new ──CONNECT──▶ verifying ──token valid──▶ open ──DISCONNECT, fault, silence, slowness──▶ closed
 *  │                  │ early packets wait        │
 *  └── anything else, or nothing in time: closed ─┘
 * ```
 *
 * Client ids are not identities here: anybody can choose any, so a second connection with the same id does not replace
 * the first one over, as [MQTT-3.1.4-2] has it for sessions. There is no session to protect, and a stranger who knows
 * an id must not be able to throw its viewer out.
 */
export class Connection implements Session, Hearer, InputReader {
  readonly transport: Transport
  readonly origins: Origins
  readonly subscriptions: Subscriptions
  readonly outflow: Outflow
  readonly turnedAway: Goodbye | undefined
  version: MqttVersion = 4
  relay = false
  isEdge = false
  claims = NO_CLAIMS
  keepAliveMs = 0
  sessionExpiryS = 0
  readonly #context: EdgeContext
  /** Present only while a packet is incomplete: most viewers are silent most of the time. */
  #frames: FrameReader | undefined
  /** When its token buckets are full again. */
  #packetsFullAtMs = 0
  #workFullAtMs = 0
  #state: SessionState = 'new'
  #early: ClientPacket[] | undefined
  /** By a clock that nobody sets: a histogram's sum must not fall. */
  readonly #connectedMs = performance.now()
  #lastHeardMs: number
  #wheelSlot: number

  constructor(
    context: EdgeContext,
    {
      transport,
      origins,
      turnedAway,
    }: { transport: Transport; origins: Origins; turnedAway?: Goodbye | undefined },
  ) {
    const { limits, passedMs } = context
    this.#context = context
    this.transport = transport
    this.origins = origins
    this.turnedAway = turnedAway
    this.subscriptions = new Subscriptions(context, this)
    this.outflow = new Outflow(context, this)
    this.#lastHeardMs = passedMs()
    this.#wheelSlot = context.wheel.set(this, this.#lastHeardMs + limits.connectTimeoutMs)
    context.members.add(this)
    if (turnedAway) context.turnedAway++
    for (const origin of origins) origin.connections++
    this.#count(1)
  }

  get state(): SessionState {
    return this.#state
  }

  get dialects(): Hearer['dialects'] {
    return DIALECTS[this.version]
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  get share(): LoopShare {
    return this.#context.share
  }

  /**
   * Whether it has used up more than a sixteenth of a burst, or its address nearly all of one, of connections that were cut too. A
   * viewer that comes and subscribes does not, and neither do thousands behind one address.
   */
  get isStrained(): boolean {
    const { packets, work, passedMs } = this.#context
    const now = passedMs()
    return (
      packets.isStrained(this.#packetsFullAtMs, now, STRAINED) ||
      work.isStrained(this.#workFullAtMs, now, STRAINED) ||
      areStrained(this.origins, now)
    )
  }

  overrun(): void {
    this.#flooding(reasonName(REASON.messageRateTooHigh), 'Too much at once')
  }

  /** Charged when they come: until they are read they take memory. */
  arrived(bytes: number): void {
    if (this.#state === 'closed' || spend(this.origins, 'bytes', bytes, this.#context.passedMs())) return
    this.#flooding('address_bytes', 'Too many bytes from this address')
  }

  /** Reads bytes that have arrived. A violation ends the connection and nothing else. */
  receive(chunk: Uint8Array): void {
    if (this.#state === 'closed') return
    this.#context.counters.bytesIn += chunk.length
    this.#guarded(() => {
      this.#expectConnect(chunk)
      const frames = this.#frames ?? new FrameReader(this.#context.limits)
      for (const frame of frames.read(chunk)) {
        // An earlier packet may have ended it.
        if (this.#is('closed')) return
        this.#takeFrame(frame)
      }
      this.#frames = frames.idle ? undefined : frames
    })
  }

  /** [MQTT-3.1.0-1], from the first byte on: a client of another protocol is disconnected at once. */
  #expectConnect(chunk: Uint8Array): void {
    if (this.#state !== 'new' || this.#frames !== undefined || chunk.length === 0) return
    if (chunk[0] !== PACKET.connect << 4)
      throw new MqttError(REASON.protocolError, 'The first packet is not CONNECT')
  }

  #takeFrame(frame: Frame): void {
    const now = this.#context.passedMs()
    this.#lastHeardMs = now
    const spent = this.#context.packets.spend(this.#packetsFullAtMs, 1, now)
    if (spent === undefined) {
      this.#flooding(reasonName(REASON.messageRateTooHigh), 'Too many packets a second')
      return
    }
    this.#packetsFullAtMs = spent
    // Many connections of one address, each below its own limit, must not use up the processor together.
    if (!spend(this.origins, 'packets', 1, now)) {
      this.#flooding('address_packets', 'Too many packets a second from this address')
      return
    }
    // [MQTT-3.1.0-2], whatever it contains: one with an unsupported version would get a second CONNACK.
    if (frame.type === PACKET.connect && this.#state !== 'new')
      throw new MqttError(REASON.protocolError, 'A second CONNECT')
    const packet = decodeClientPacket(frame, this.version)
    if (this.#state !== 'verifying') this.#handle(packet)
    else this.#keepEarly(packet)
  }

  #keepEarly(packet: ClientPacket): void {
    this.#early ??= []
    if (this.#early.length === EARLY_PACKETS_MAX)
      throw new MqttError(REASON.quotaExceeded, 'Too many packets before CONNACK')
    this.#early.push(packet)
  }

  #handle(packet: ClientPacket): void {
    if (packet.type === 'connect') this.version = packet.version
    handlePacket(this.#context, this, packet)
  }

  awaitVerification(): void {
    this.#state = 'verifying'
  }

  open(connack: Uint8Array): void {
    this.#count(-1)
    this.#state = 'open'
    this.#count(1)
    this.#context.connectTimes.observe(performance.now() - this.#connectedMs)
    this.#watch()
    const early = this.#early ?? []
    this.#early = undefined
    this.#guarded(() => {
      this.answer(connack)
      for (const packet of early) if (this.#is('open')) this.#handle(packet)
    })
  }

  /** [MQTT-3.2.2-5] */
  refuse(why: Goodbye, countAs = reasonName(why.reason)): void {
    countRefused(this.#context.counters, countAs)
    this.#leaveSaying((reasonString) => encodeConnack({ version: this.version, ...why, reasonString }), why)
  }

  answer(bytes: Uint8Array): void {
    if (this.#state === 'closed') return
    if (bytes.length > this.outflow.packetBytesMax) {
      // [MQTT-3.1.2-24] of v5. Only a PUBLISH may be dropped [MQTT-3.1.2-25]: a client waits for an acknowledgement.
      this.#turnAway({ reason: REASON.packetTooLarge, code: CLOSE.tooLarge, text: 'An answer does not fit' })
      return
    }
    if (!this.#send(bytes)) this.cutSlow()
  }

  #send(bytes: Uint8Array): boolean {
    this.#context.counters.bytesOut += bytes.length
    return this.transport.send(bytes)
  }

  charge(steps: number): boolean {
    if (this.#state === 'closed') return false
    const now = this.#context.passedMs()
    const spent = this.#context.work.spend(this.#workFullAtMs, steps, now)
    this.#workFullAtMs = spent ?? this.#workFullAtMs
    const allowed = spent !== undefined && spend(this.origins, 'work', steps, now)
    if (!allowed) this.#flooding('work', 'These packets cause too much work')
    return allowed
  }

  debit(steps: number): void {
    const now = this.#context.passedMs()
    this.#workFullAtMs = this.#context.work.debit(this.#workFullAtMs, steps, now)
    debit(this.origins, 'work', steps, now)
  }

  /** Messages between edges about their tree are for edges only. */
  hears({ show }: Topic): boolean {
    return this.isEdge || show !== TREE_SHOW
  }

  get isViewer(): boolean {
    return !this.relay
  }

  joinChannel(channel: string): void {
    if (this.#native) this.#native.subscribe(channel)
    else this.#context.loop.subscribe(channel, this.outflow)
  }

  leaveChannel(channel: string): void {
    if (this.#native) this.#native.unsubscribe(channel)
    else this.#context.loop.unsubscribe(channel, this.outflow)
  }

  isJoined(channel: string): boolean {
    return this.#native?.isSubscribed(channel) ?? this.#context.loop.isSubscribed(channel, this.outflow)
  }

  /**
   * Absent for a client that accepts only small packets, because each packet's length must be checked, and for a relay, which may
   * have a larger backlog than a native channel allows.
   */
  get #native(): NativeChannels | undefined {
    const small = this.outflow.packetBytesMax < this.#context.limits.messageBytesMax + PUBLISH_HEAD_BYTES_MAX
    return small || this.relay ? undefined : this.transport.native
  }

  /** The socket has drained some of its backlog. */
  drained(): void {
    if (this.#state === 'open') this.outflow.drained(DIALECTS[this.version].all)
  }

  wake(passedMs: number): void {
    const silent = passedMs - this.#lastHeardMs
    // Many are due at once: it may have ended while others had their turn.
    if (this.#state === 'closed') return
    if (this.#state !== 'open') {
      this.abort({ reason: 'connect_timeout', code: CLOSE.keepAlive, text: 'No CONNECT in time' })
    } else if (this.endIfExpired()) {
      return
    } else if (this.keepAliveMs > 0 && silent >= this.#silenceMaxMs) {
      this.end({
        reason: REASON.keepAliveTimeout,
        code: CLOSE.keepAlive,
        text: 'Nothing received for 1.5 keep-alives',
      })
    } else {
      this.#watch()
    }
  }

  endIfExpired(): boolean {
    if (this.#context.now() < this.#expiresMs) return false
    this.#turnAway({
      reason: REASON.maximumConnectTime,
      code: CLOSE.expired,
      text: this.relay ? 'The certificate has expired' : 'The token has expired',
    })
    return true
  }

  /** [MQTT-3.1.2-24] of 3.1.1: one and a half times the keep-alive. */
  get #silenceMaxMs(): number {
    return this.keepAliveMs * 1.5
  }

  get #expiresMs(): number {
    return this.claims.expiresMs ?? Number.POSITIVE_INFINITY
  }

  #watch(): void {
    const { wheel } = this.#context
    wheel.cancel(this, this.#wheelSlot)
    const silentMs =
      this.keepAliveMs === 0 ? Number.POSITIVE_INFINITY : this.#lastHeardMs + this.#silenceMaxMs
    const dueMs = Math.min(silentMs, dueAt(this.#context, this.#expiresMs))
    if (dueMs < Number.POSITIVE_INFINITY) this.#wheelSlot = wheel.set(this, dueMs)
  }

  cutSlow(): void {
    this.#context.counters.cutSlow++
    this.leave(CLOSE.slow, 'The client did not read its packets in time')
  }

  /**
   * Ends the connection with the reason, as far as the MQTT version can express it: DISCONNECT in 5, the close code over
   * WebSocket.
   */
  end(why: Goodbye): void {
    const { fleet, counters, passedMs } = this.#context
    const directed =
      this.relay || this.turnedAway ? why : fleet.directed(why, this.transport.kind, passedMs())
    const { reason, reference } = directed
    const isHeard = this.#is('open') && this.version === 5
    if (reference !== undefined && (isHeard || this.transport.kind === 'websocket')) counters.moved++
    if (!isHeard) this.leave(directed.code, directed.text)
    else
      this.#leaveSaying(
        (reasonString) => encodeServerDisconnect(reason, { reasonString, reference }),
        directed,
      )
  }

  get canBeSent(): boolean {
    const { kind } = this.transport
    if (this.relay || !this.#is('open') || (this.version === 4 && kind !== 'websocket')) return false
    const { fleet, passedMs } = this.#context
    return fleet.hasOther(kind, passedMs())
  }

  /**
   * Leaves with a packet that says why, in one piece. [MQTT-3.2.2-19] [MQTT-3.14.2-3] of v5: drops the text if the packet would
   * be too large with it, and the packet if it is too large without.
   */
  #leaveSaying(encode: (reasonString?: string) => Uint8Array, { code, text }: Goodbye): void {
    const { packetBytesMax } = this.outflow
    const bytes = [encode(text), encode()].find(({ length }) => length <= packetBytesMax)
    together(this.transport, () => {
      if (bytes && this.#state !== 'closed') this.#send(bytes)
      this.leave(code, text)
    })
  }

  /** Ends a connection before any valid MQTT. `reason` is one of a closed set of names. */
  abort({ reason, code, text }: { reason: string; code: number; text: string }): void {
    if (this.#state === 'closed') return
    countRefused(this.#context.counters, reason)
    this.leave(code, text)
  }

  #flooding(countAs: string, text: string): void {
    countRefused(this.#context.counters, countAs)
    this.end({ reason: REASON.messageRateTooHigh, code: CLOSE.flooding, text })
  }

  #turnAway(end: Goodbye): void {
    countRefused(this.#context.counters, reasonName(end.reason))
    this.end(end)
  }

  /** Runs code that may find a violation in a packet. Its answers go out together. */
  #guarded(work: () => void): void {
    together(this.transport, () => {
      try {
        work()
      } catch (error) {
        if (!(error instanceof MqttError)) throw error
        this.#fail(error)
      }
    })
  }

  #fail(error: MqttError): void {
    const code = error.reason === REASON.packetTooLarge ? CLOSE.tooLarge : CLOSE.protocolError
    if (error instanceof UnsupportedVersionError) {
      // [MQTT-3.1.2-2]: in the format of the client's version.
      this.#send(encodeConnack({ version: error.answerIn, reason: error.reason }))
    }
    this.#turnAway({ reason: error.reason, code, text: error.message })
  }

  leave(code: number, text: string): void {
    if (this.#state === 'closed') return
    if (isFault(code)) debit(this.origins, 'faults', 1, this.#context.passedMs())
    this.closed()
    this.transport.close(code, text)
  }

  /** The socket is closed, by either side. */
  closed(): void {
    if (this.#state === 'closed') return
    const { wheel, loop, members, relays, census, below, slow } = this.#context
    this.#count(-1)
    this.#state = 'closed'
    this.#early = undefined
    if (this.turnedAway) this.#context.turnedAway--
    for (const origin of this.origins) origin.connections--
    wheel.cancel(this, this.#wheelSlot)
    this.subscriptions.clear()
    loop.leave(this.outflow)
    slow.forget(this)
    members.delete(this)
    relays.delete(this)
    census.forget(this)
    below.forget(this)
  }

  #count(change: 1 | -1): void {
    const version = this.#state === 'open' ? this.version : undefined
    countSession(this.#context.counters, this.transport, version, change)
  }

  // A method, because handlers change the state between two checks.
  #is(state: SessionState): boolean {
    return this.#state === state
  }
}
