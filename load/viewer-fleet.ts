/**
 * Many viewers in one process, each a socket that speaks real MQTT, and what they saw.
 *
 * ```
 * away ─▶ upgrading ─▶ connecting ─▶ subscribing ─▶ listening ─▶ (lost) away ─▶ …
 *          WebSocket     CONNACK        SUBACK         │
 *                                                      └ a packet: has this viewer missed one before it?
 * ```
 */
import type { Socket } from 'bun'
import { type Backoff, backoffMs } from '../protocol/backoff.ts'
import { nextStep } from '../protocol/close-codes.ts'
import { decodeServerPacket } from '../protocol/mqtt/decode-server.ts'
import { encodeConnect, encodePingreq, encodeSubscribe } from '../protocol/mqtt/encode-client.ts'
import { FrameReader } from '../protocol/mqtt/frame-reader.ts'
import type { MoodPacket } from '../protocol/packets.ts'
import { Histogram, type HistogramRecord } from './histogram.ts'
import type { Random } from './random.ts'
import { sourceOf, type Target, tlsOf } from './target.ts'
import { binaryFrame, pongFrame, upgradeRequest, WebSocketReader } from './websocket.ts'

const KEEP_ALIVE_S = 60
/** Viewers ping in this many groups, one group per second. */
const PING_TURNS = 30
const CONNECT_TIMEOUT_MS = 15_000
/** Connection attempts at once at the start; a storm has no such bound, as that is its purpose. */
const OPENING_MAX = 200
const UPGRADE_BYTES_MAX = 4096
const PACKET_BYTES_MAX = 4096
const RETRY: Backoff = { firstMs: 1000, maxMs: 10_000, jitter: 1 }
/** Wait after a close code that asks for one. */
const WAIT_MS = 60_000
/** Distinct reasons for lost connections that are recorded. */
const FAULTS_MAX = 100

/** A mood packet, as received by the first viewer of a process. */
export interface SeenPacket extends MoodPacket {
  firstMs: number
  /** No viewer of the process was listening just before: earlier packets may have been missed. */
  afterSilence: boolean
}

/**
 * Arrivals of one packet since the last report: whole milliseconds after `firstMs`, rounded up, each followed by its count, flat.
 */
export interface Arrivals {
  at: number
  firstMs: number
  offsets: number[]
}

export interface FleetCounts {
  listening: number
  /** Packets that arrived live, once per viewer. */
  delivered: number
  /** Packets published while a viewer listened that it did not get. */
  gaps: number
  /** Packets that arrived more than a window after the first viewer got them. */
  late: number
  /** Packets with an `at` that the viewer had already. */
  repeated: number
  /** Two packets with one `at` and different content. */
  conflicts: number
  /** Payloads that are not mood packets. */
  unreadable: number
  /** Packets published while a viewer was disconnected that it did not get later either. */
  missedAway: number
  /** Connections of listening viewers that ended unintentionally. */
  closes: number
  /** Connections that ended before their viewer listened. */
  failed: number
  /** Viewers that the server told not to come back. */
  turnedAway: number
}

export interface FleetReport {
  counts: FleetCounts
  /** Ordered by `at`. */
  packets: SeenPacket[]
  arrivals: Arrivals[]
  /** From the start of a connection to the SUBACK. */
  connectMs: HistogramRecord
  /** From the last packet before a lost connection to the first new one after it. */
  outageMs: HistogramRecord
  /** How long the last storm took until all were back; absent while it lasts. */
  stormMs?: number
  /** Why connections failed; the most frequent reasons only. */
  faults: [fault: string, times: number][]
}

export interface FleetOptions {
  /** Viewers are distributed over them in turn. */
  targets: Target[]
  topic: string
  /** Number of the first viewer; numbers determine client ids and source addresses. */
  first: number
  count: number
  /** Prefix of every client id. */
  name: string
  clock: () => number
  random: Random
}

type Phase = 'away' | 'upgrading' | 'connecting' | 'subscribing' | 'listening'

interface Viewer {
  readonly number: number
  readonly target: Target
  phase: Phase
  socket: Socket<Viewer> | undefined
  frames: WebSocketReader
  packets: FrameReader
  head: Buffer | undefined
  /** Index of its newest packet in the fleet's list; -1: none yet. */
  newest: number
  /** Whether the newest packet before its connection is known, so that a jump is a gap. */
  counted: boolean
  heardMs: number
  packetMs: number
  startedMs: number
  /** Reconnected, but no new packet has arrived yet: its outage is not over. */
  wasAway: boolean
  /** Reconnected, but no packet has arrived yet, not even the retained one: what it lacks it missed while away. */
  behind: boolean
  /** Connection attempts so far. */
  attempts: number
  /** Failed attempts since it last listened. */
  failures: number
  retry: Timer | undefined
}

interface Publication {
  packet: SeenPacket
  payload: Buffer
  offsets: Map<number, number>
}

export class ViewerFleet {
  readonly #options: FleetOptions
  readonly #viewers: Viewer[]
  readonly #published: Publication[] = []
  readonly #placeOf = new Map<number, number>()
  readonly #connectMs = new Histogram()
  readonly #outageMs = new Histogram()
  readonly #faults = new Map<string, number>()
  readonly #touched = new Set<number>()
  readonly #pingFrame = binaryFrame(encodePingreq())
  readonly #pingBytes = Buffer.from(encodePingreq())
  readonly #subscribe: Buffer
  readonly #counts: FleetCounts = {
    listening: 0,
    delivered: 0,
    gaps: 0,
    late: 0,
    repeated: 0,
    conflicts: 0,
    unreadable: 0,
    missedAway: 0,
    closes: 0,
    failed: 0,
    turnedAway: 0,
  }
  #reported = 0
  #silence = true
  #opening = 0
  #toOpen: Viewer[] = []
  #stormFromMs = Number.NaN
  #stormMs: number | undefined
  #turn = 0
  #tick: Timer | undefined
  #closed = false
  /** The chunk that last contained exactly one live packet, and its index: a thousand viewers get the same bytes. */
  #lastChunk: Buffer = Buffer.alloc(0)
  #lastPlace = -1

  constructor(options: FleetOptions) {
    this.#options = options
    this.#subscribe = Buffer.from(encodeSubscribe(1, [options.topic]))
    this.#viewers = Array.from({ length: options.count }, (_, index) => {
      const number = options.first + index
      return {
        number,
        target: options.targets[number % options.targets.length]!,
        phase: 'away' as const,
        socket: undefined,
        frames: new WebSocketReader(),
        packets: new FrameReader({ packetBytesMax: PACKET_BYTES_MAX }),
        head: undefined,
        newest: -1,
        counted: false,
        heardMs: 0,
        packetMs: Number.NaN,
        startedMs: 0,
        wasAway: false,
        behind: false,
        attempts: 0,
        failures: 0,
        retry: undefined,
      }
    })
  }

  /** Starts connecting all viewers; reports show the progress. */
  start(): void {
    this.#tick = setInterval(() => this.#everySecond(), 1000)
    this.#toOpen = [...this.#viewers].reverse()
    this.#openMore()
  }

  /** Cuts all connections but the first, which watches that no packet is missed, and reopens them at once. */
  storm(): void {
    this.#stormFromMs = this.#options.clock()
    this.#stormMs = this.#viewers.length === 1 ? 0 : undefined
    for (const viewer of this.#viewers.slice(1)) {
      this.#leave(viewer)
      this.#connect(viewer)
    }
  }

  /** What was seen since the last report, and all counts so far. */
  report(): FleetReport {
    const packets = this.#published.slice(this.#reported).map(({ packet }) => packet)
    this.#reported = this.#published.length
    const arrivals = [...this.#touched].map((place) => {
      const { packet, offsets } = this.#published[place]!
      const flat = [...offsets].flat()
      offsets.clear()
      return { at: packet.at, firstMs: packet.firstMs, offsets: flat }
    })
    this.#touched.clear()
    const faults = [...this.#faults].toSorted((a, b) => b[1] - a[1]).slice(0, 3)
    return {
      counts: { ...this.#counts },
      packets,
      arrivals,
      connectMs: this.#connectMs.record(),
      outageMs: this.#outageMs.record(),
      ...(this.#stormMs === undefined ? {} : { stormMs: this.#stormMs }),
      faults,
    }
  }

  /** Counts what listening viewers lack at the end as gaps, and closes all connections. */
  close(): void {
    this.#closed = true
    clearInterval(this.#tick)
    for (const viewer of this.#viewers) {
      if (viewer.phase === 'listening' && viewer.counted) {
        this.#counts.gaps += this.#published.length - 1 - viewer.newest
      }
      clearTimeout(viewer.retry)
      this.#leave(viewer)
    }
  }

  #openMore(): void {
    while (this.#opening < OPENING_MAX) {
      const viewer = this.#toOpen.pop()
      if (viewer === undefined) return
      this.#connect(viewer)
    }
  }

  #connect(viewer: Viewer): void {
    if (this.#closed) return
    const { target } = viewer
    viewer.phase = 'upgrading'
    viewer.startedMs = this.#options.clock()
    viewer.frames = new WebSocketReader()
    viewer.packets = new FrameReader({ packetBytesMax: PACKET_BYTES_MAX })
    viewer.head = undefined
    this.#opening++
    const startedMs = viewer.startedMs
    // Bun accepts a source address, but its types lack it.
    const source = sourceOf(target, viewer.number, viewer.attempts++) as object
    Bun.connect<Viewer>({
      ...source,
      hostname: target.address,
      port: target.port,
      ...tlsOf(target),
      data: viewer,
      socket: this.#handlers,
    }).catch((error: Error) => {
      // The failure may have been reported by `connectError` already, and the viewer may be on its next attempt.
      if (viewer.phase === 'upgrading' && viewer.startedMs === startedMs) this.#lost(viewer, error.message)
    })
  }

  readonly #handlers = {
    open: (socket: Socket<Viewer>) => {
      const viewer = socket.data
      if (viewer.phase !== 'upgrading') return void socket.terminate()
      viewer.socket = socket
      if (viewer.target.webSocket) socket.write(upgradeRequest(viewer.target))
      else this.#sayConnect(viewer)
    },
    data: (socket: Socket<Viewer>, chunk: Buffer) => {
      const viewer = socket.data
      if (viewer.socket !== socket) return
      viewer.heardMs = this.#options.clock()
      if (
        viewer.phase === 'listening' &&
        chunk.length === this.#lastChunk.length &&
        viewer.frames.idle &&
        viewer.packets.idle &&
        chunk.equals(this.#lastChunk)
      ) {
        this.#arrived(viewer, this.#lastPlace, false)
      } else this.#read(viewer, chunk)
    },
    close: (socket: Socket<Viewer>) => {
      if (socket.data.socket === socket) this.#lost(socket.data, 'the server closed the connection')
    },
    error: (socket: Socket<Viewer>, error: Error) => {
      if (socket.data.socket === socket) this.#lost(socket.data, error.message)
    },
    connectError: (socket: Socket<Viewer>, error: Error) => {
      if (socket.data.phase === 'upgrading') this.#lost(socket.data, error.message)
    },
  }

  #read(viewer: Viewer, chunk: Buffer): void {
    try {
      if (viewer.phase === 'upgrading') this.#upgraded(viewer, chunk)
      else if (viewer.target.webSocket) this.#readFrames(viewer, chunk)
      else this.#readPackets(viewer, chunk, chunk)
    } catch (error) {
      this.#lost(viewer, (error as Error).message)
    }
  }

  #upgraded(viewer: Viewer, chunk: Buffer): void {
    const bytes = viewer.head === undefined ? chunk : Buffer.concat([viewer.head, chunk])
    const end = bytes.indexOf('\r\n\r\n')
    if (end === -1) {
      if (bytes.length > UPGRADE_BYTES_MAX) throw new Error('The answer to the upgrade has no end')
      viewer.head = Buffer.from(bytes)
      return
    }
    const status = bytes.toString('latin1', 9, 12)
    if (status !== '101') throw new Error(`The server answered ${status} to the WebSocket upgrade`)
    viewer.head = undefined
    this.#sayConnect(viewer)
    if (bytes.length > end + 4) this.#read(viewer, bytes.subarray(end + 4))
  }

  #sayConnect(viewer: Viewer): void {
    viewer.phase = 'connecting'
    const clientId = `${this.#options.name}-${viewer.number}`
    this.#write(viewer, encodeConnect({ clientId, keepAliveS: KEEP_ALIVE_S }))
  }

  #write(viewer: Viewer, packet: Uint8Array): void {
    viewer.socket?.write(viewer.target.webSocket ? binaryFrame(packet) : packet)
  }

  #readFrames(viewer: Viewer, chunk: Buffer): void {
    const { socket } = viewer
    for (const event of viewer.frames.read(chunk)) {
      if (event.type === 'bytes') this.#readPackets(viewer, event.bytes, chunk)
      else if (event.type === 'ping') viewer.socket?.write(pongFrame(event.bytes))
      else this.#lost(viewer, `the server closed with code ${event.code}`, event.code)
      if (viewer.socket !== socket) return
    }
  }

  #readPackets(viewer: Viewer, bytes: Buffer, chunk: Buffer): void {
    const { socket } = viewer
    for (const frame of viewer.packets.read(bytes)) {
      const packet = decodeServerPacket(frame)
      switch (packet.type) {
        case 'connack':
          if (packet.returnCode !== 0) throw new Error(`CONNACK with return code ${packet.returnCode}`)
          viewer.phase = 'subscribing'
          this.#write(viewer, this.#subscribe)
          break
        case 'suback':
          if (packet.codes[0] !== 0) throw new Error('The subscription was refused')
          this.#listens(viewer)
          break
        case 'publish':
          this.#publication(viewer, packet, chunk)
          break
        case 'unsuback':
        case 'pingresp':
          break
      }
      if (viewer.socket !== socket) return
    }
  }

  #listens(viewer: Viewer): void {
    viewer.phase = 'listening'
    viewer.failures = 0
    this.#opening--
    this.#counts.listening++
    this.#connectMs.add(this.#options.clock() - viewer.startedMs)
    if (this.#counts.listening === this.#viewers.length && !Number.isNaN(this.#stormFromMs)) {
      this.#stormMs = this.#options.clock() - this.#stormFromMs
      this.#stormFromMs = Number.NaN
    }
    this.#openMore()
  }

  #publication(
    viewer: Viewer,
    { payload, retain }: { payload: Uint8Array; retain: boolean },
    chunk: Buffer,
  ): void {
    const place = this.#place(payload)
    if (place === undefined) return
    this.#arrived(viewer, place, retain)
    // Only a chunk with this one packet and nothing else may be recognised by its bytes. A frame header is at most 4 bytes, a
    // packet's at most 3 plus its topic.
    const alone = chunk.length - payload.length <= 9 + this.#options.topic.length
    if (!retain && alone && viewer.packets.idle) {
      this.#lastChunk = Buffer.from(chunk)
      this.#lastPlace = place
    }
  }

  /** The index of the packet in the list of distinct packets; new ones are appended. */
  #place(bytes: Uint8Array): number | undefined {
    const newest = this.#published.at(-1)
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    if (newest?.payload.equals(payload)) return this.#published.length - 1
    const packet = parseMood(payload)
    if (packet === undefined) {
      this.#counts.unreadable++
      return undefined
    }
    const known = this.#placeOf.get(packet.at)
    if (known !== undefined) {
      if (!this.#published[known]!.payload.equals(payload)) this.#counts.conflicts++
      return known
    }
    if (newest !== undefined && packet.at < newest.packet.at) {
      // A packet that all other viewers missed, or a clock that went back: it has no place in the order.
      this.#counts.unreadable++
      return undefined
    }
    const seen = { ...packet, firstMs: this.#options.clock(), afterSilence: this.#silence }
    this.#silence = false
    this.#published.push({ packet: seen, payload: Buffer.from(payload), offsets: new Map() })
    this.#placeOf.set(packet.at, this.#published.length - 1)
    return this.#published.length - 1
  }

  #arrived(viewer: Viewer, place: number, retained: boolean): void {
    const { newest, behind, heardMs: nowMs } = viewer
    viewer.behind = false
    const isNew = !viewer.counted
    if (!isNew && place <= newest) {
      // After a reconnect the retained packet is often one it already had.
      if (!retained) this.#counts.repeated++
      return
    }
    viewer.newest = place
    viewer.counted = true
    const silentSinceMs = viewer.packetMs
    viewer.packetMs = nowMs
    // A retained packet was not sent to a new viewer; a returning viewer got it late.
    if (isNew && retained) return
    if (behind) this.#counts.missedAway += place - newest - 1
    else this.#counts.gaps += place - newest - 1
    if (viewer.wasAway) this.#outageMs.add(nowMs - silentSinceMs)
    viewer.wasAway = false
    this.#deliver(place, nowMs, retained)
  }

  #deliver(place: number, nowMs: number, retained: boolean): void {
    const { packet, offsets } = this.#published[place]!
    const offsetMs = Math.max(0, Math.ceil(nowMs - packet.firstMs))
    offsets.set(offsetMs, (offsets.get(offsetMs) ?? 0) + 1)
    this.#touched.add(place)
    this.#counts.delivered++
    // How late a retained packet is depends on when its viewer subscribed.
    if (offsetMs > packet.ms && !retained) this.#counts.late++
  }

  /** Removes the viewer, whatever it was doing. */
  #leave(viewer: Viewer): void {
    const { socket, phase } = viewer
    if (phase === 'listening') {
      this.#counts.listening--
      viewer.wasAway = viewer.counted
      viewer.behind = viewer.counted
      if (this.#counts.listening === 0) this.#silence = true
    } else if (phase !== 'away') this.#opening--
    viewer.phase = 'away'
    viewer.socket = undefined
    clearTimeout(viewer.retry)
    socket?.terminate()
  }

  #lost(viewer: Viewer, fault: string, code = 1006): void {
    if (viewer.phase === 'away' || this.#closed) return
    if (viewer.phase === 'listening') this.#counts.closes++
    else this.#counts.failed++
    if (this.#faults.size < FAULTS_MAX || this.#faults.has(fault)) {
      this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1)
    }
    this.#leave(viewer)
    const step = nextStep(code)
    if (step === 'give-up') {
      this.#counts.turnedAway++
      return
    }
    const backoff = backoffMs(++viewer.failures, RETRY, this.#options.random)
    const delayMs = backoff + (step === 'wait' ? WAIT_MS : 0)
    viewer.retry = setTimeout(() => this.#connect(viewer), delayMs)
  }

  #everySecond(): void {
    const nowMs = this.#options.clock()
    this.#turn = (this.#turn + 1) % PING_TURNS
    for (const viewer of this.#viewers) {
      if (viewer.phase === 'listening') {
        if (nowMs - viewer.heardMs > 1500 * KEEP_ALIVE_S) this.#lost(viewer, 'nothing was heard for 90 s')
        else if (viewer.number % PING_TURNS === this.#turn) this.#ping(viewer)
      } else if (viewer.phase !== 'away' && nowMs - viewer.startedMs > CONNECT_TIMEOUT_MS) {
        this.#lost(viewer, 'no connection within 15 s')
      }
    }
  }

  #ping({ socket, target }: Viewer): void {
    socket?.write(target.webSocket ? this.#pingFrame : this.#pingBytes)
  }
}

function parseMood(payload: Buffer): MoodPacket | undefined {
  let value: unknown
  try {
    value = JSON.parse(payload.toString())
  } catch {
    // Counted as unreadable by the caller.
    return undefined
  }
  const { at, ms, n, total, top } = (value ?? {}) as Partial<MoodPacket>
  const numbers = [at, ms, n, total].every(Number.isFinite)
  return numbers && Array.isArray(top) ? (value as MoodPacket) : undefined
}
