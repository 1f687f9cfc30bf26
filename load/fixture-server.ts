import type { Server, ServerWebSocket } from 'bun'
import { DEMO_SHOW } from '../engine/demo-show.ts'
import { type ErrorCode, problemOf, RoarError } from '../protocol/errors.ts'
import { decodeClientPacket } from '../protocol/mqtt/decode-client.ts'
import { encodeConnack, encodePublish, encodeSuback } from '../protocol/mqtt/encode-server.ts'
import { FrameReader } from '../protocol/mqtt/frame-reader.ts'
import { type BurstRequest, encodeMood, type TopEntry } from '../protocol/packets.ts'
import { moodTopic } from '../protocol/topics.ts'

/** Faults of a broken server; each happens once unless it says otherwise. */
export interface Faults {
  /** Accepts a burst and does not count it. */
  dropsBurst?: boolean
  /** Counts a burst twice. */
  doublesBurst?: boolean
  /** Counts a burst for a sticker that is not in it. */
  swapsSticker?: boolean
  /** Leaves one viewer out of a packet. */
  skipsViewer?: boolean
  /** Sends a packet to nobody. */
  skipsPacket?: boolean
  /** Sends a packet twice: allowed. */
  repeatsPacket?: boolean
  /** Sends two packets with one `at`. */
  reusesAt?: boolean
  /** Answers every fifth burst with this error. */
  refuses?: ErrorCode
  /** Counts every burst, but answers none from the second on. */
  keepsSilent?: boolean
  /** Cuts off one viewer in the middle of a packet. */
  cutsViewer?: boolean
  /** Splits what it sends into single bytes. */
  dribbles?: boolean
}

interface Session {
  reader: FrameReader
  listening: boolean
}

const FAULTY_BURST = 20
const FAULTY_PACKET = 6
const WINDOW_MS = 50
/** A window also ends after this many bursts: however slowly a busy machine runs, there are enough packets. */
const WINDOW_BURSTS = 20

/**
 * The smallest server that meets the contract, over real sockets with the real codec. It can be broken in known ways, to test
 * tools that check servers. Its totals survive `stop`.
 */
export class FixtureServer {
  readonly #faults: Faults
  #server: Server<Session>
  #stopped: Promise<void> | undefined
  readonly #port: number
  readonly #viewers = new Set<ServerWebSocket<Session>>()
  #window = new Map<string, number>()
  #bursts = 0
  /** Packets with taps in them. */
  #packets = 0
  #total = 0
  #lastAt = 0
  /** A faulty packet must be read by all its receivers before the next is sent. */
  #isHeld = false
  #retained: Uint8Array | undefined
  #wasEmpty = true
  readonly #ticking: Timer

  constructor(faults: Faults = {}) {
    this.#faults = faults
    this.#server = this.#serve(0)
    this.#port = this.#server.port!
    this.#ticking = setInterval(() => this.#publish(), WINDOW_MS)
  }

  get url(): string {
    return `http://localhost:${this.#port}`
  }

  /** Closes all sockets at once and does not listen until `restart`. What was counted is published and kept. */
  stop(): Promise<void> {
    this.#publish()
    this.#stopped = this.#server.stop(true)
    return this.#stopped
  }

  /** At the same port, once that is free. */
  async restart(): Promise<void> {
    await this.#stopped
    this.#server = this.#serve(this.#port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticking)
    await this.#server.stop(true)
  }

  #serve(port: number): Server<Session> {
    return Bun.serve<Session>({
      port,
      routes: {
        '/v1/shows/final': () =>
          Response.json({
            ...DEMO_SHOW,
            polls: [],
            windowMs: WINDOW_MS,
            flushMs: 1000,
            pubsub: [`ws://localhost:${this.#server.port}/mqtt`],
          }),
        '/v1/shows/final/reactions': { POST: (request: Request) => this.#accept(request) },
        '/mqtt': (request: Request, server: Server<Session>) => {
          const data = { reader: new FrameReader({ packetBytesMax: 1024 }), listening: false }
          return server.upgrade(request, { data }) ? undefined : new Response(null, { status: 426 })
        },
      },
      fetch: () => new Response(null, { status: 404 }),
      websocket: {
        open: (socket) => void this.#viewers.add(socket),
        close: (socket) => void this.#viewers.delete(socket),
        message: (socket, message) => this.#message(socket, message as Buffer),
      },
    })
  }

  async #accept(request: Request): Promise<Response> {
    const { stickers } = (await request.json()) as BurstRequest
    const burst = ++this.#bursts
    const { refuses, dropsBurst, doublesBurst, swapsSticker } = this.#faults
    if (refuses !== undefined && burst % 5 === 0) {
      const problem = problemOf(new RoarError(refuses, 'as the test wants it'))
      return Response.json(problem, { status: problem.status })
    }
    const faulty = burst === FAULTY_BURST
    const other = DEMO_SHOW.stickers.find(({ sticker }) => !(sticker in stickers))!.sticker
    for (const [sticker, count] of Object.entries(stickers)) {
      if (faulty && dropsBurst) continue
      this.#count(faulty && swapsSticker ? other : sticker, count)
      if (faulty && doublesBurst) this.#count(sticker, count)
    }
    if (burst % WINDOW_BURSTS === 0) this.#publish()
    if (this.#faults.keepsSilent && burst > 1) await new Promise<never>(() => {})
    return Response.json({ flushMs: 1000, sample: 1 }, { status: 202 })
  }

  #count(sticker: string, count: number): void {
    this.#window.set(sticker, (this.#window.get(sticker) ?? 0) + count)
    this.#total += count
  }

  #publish(): void {
    if (this.#isHeld) return
    const n = [...this.#window.values()].reduce((sum, count) => sum + count, 0)
    if (n === 0 && this.#wasEmpty) return
    this.#wasEmpty = n === 0
    // Skipping an empty packet would not be noticed.
    const faulty = n > 0 && ++this.#packets === FAULTY_PACKET
    const at =
      faulty && this.#faults.reusesAt ? this.#lastAt : Math.max(Date.now() - WINDOW_MS, this.#lastAt + 1)
    this.#lastAt = at
    const top = [...this.#window].map(([sticker, count]): TopEntry => [sticker, count, 1])
    this.#window = new Map()
    const payload = new TextEncoder().encode(encodeMood({ at, ms: WINDOW_MS, n, total: this.#total, top }))
    this.#retained = payload
    if (faulty) void this.#hold()
    if (!(faulty && this.#faults.skipsPacket)) this.#send(payload, faulty)
  }

  /**
   * Until a request that follows it was read and answered on the event loop that both sides share here: with two packets in one
   * turn, the viewer that lacks the first one might be read first.
   */
  async #hold(): Promise<void> {
    this.#isHeld = true
    await fetch(this.url).catch(() => {})
    this.#isHeld = false
  }

  #send(payload: Uint8Array, faulty: boolean): void {
    const packet = encodePublish(4, { topic: moodTopic('final'), payload, retain: false })
    const { skipsViewer, repeatsPacket, cutsViewer, dribbles } = this.#faults
    let first = true
    for (const viewer of [...this.#viewers]) {
      if (!viewer.data.listening) continue
      const chosen = faulty && first
      first = false
      if (chosen && skipsViewer) continue
      if (chosen && cutsViewer) {
        viewer.send(packet.subarray(0, 20))
        viewer.terminate()
        continue
      }
      if (dribbles) for (const byte of packet) viewer.send(Uint8Array.of(byte))
      else viewer.send(packet)
      if (faulty && repeatsPacket) viewer.send(packet)
    }
  }

  #message(socket: ServerWebSocket<Session>, message: Buffer): void {
    for (const frame of socket.data.reader.read(message)) {
      const packet = decodeClientPacket(frame, 4)
      if (packet.type === 'connect') socket.send(encodeConnack({ version: 4 }))
      if (packet.type !== 'subscribe') continue
      socket.send(encodeSuback(4, packet.packetId, [0]))
      socket.data.listening = true
      if (this.#retained === undefined) continue
      socket.send(encodePublish(4, { topic: moodTopic('final'), payload: this.#retained, retain: true }))
    }
  }
}
