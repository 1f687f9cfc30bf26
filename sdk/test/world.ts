import type { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import { decodeClientPacket } from '../../protocol/mqtt/decode-client.ts'
import {
  encodeConnack,
  encodePingresp,
  encodePublish,
  encodeSuback,
} from '../../protocol/mqtt/encode-server.ts'
import { FrameReader } from '../../protocol/mqtt/frame-reader.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import type { Platform } from '../src/platform.ts'

/** What a network between a viewer and the server does, each as a probability. */
export interface Weather {
  /** A request that never reaches the server. */
  lost: number
  /** A request whose answer is lost on the way back. */
  answerLost: number
  /** The server is too busy and says so by 429 or 503. */
  busy: number
  /** Each second: a connection is cut, or goes silent without a word. */
  cut: number
  silent: number
}

/**
 * What stands between a viewer and the server, for good. `refused`: by an answer. `hangs`: nothing ever comes back. `mute`:
 * it opens, and nothing more comes. `cut`: after ten seconds, each time. `page`: a sign-in page in place of the answer.
 */
export interface Obstacles {
  mqtt?: 'refused' | 'hangs' | 'mute' | 'cut'
  sse?: 'refused' | 'hangs' | 'mute' | 'cut' | 'page'
}

/** How long a proxy that cuts lets a connection live. */
const CUT_AFTER_MS = 10_000

export const CALM: Weather = { lost: 0, answerLost: 0, busy: 0, cut: 0, silent: 0 }
export const STORM: Weather = { lost: 0.1, answerLost: 0.1, busy: 0.1, cut: 0.01, silent: 0.005 }

export const FLUSH_MS = 1000
const WINDOW_MS = 250
const LATENCY_MS_MAX = 150
const utf8 = new TextEncoder()

/** A packet's way to one listener, until either side ends it. */
interface Line {
  deliver(name: string, packet: unknown): void
  cut(code: number): void
  silent: boolean
}

/** What the world knows of one viewer and the viewer does not. */
export interface Account {
  /** Taps in the bursts that the server counted. */
  counted: number
  /** Of these, taps of bursts whose answer was lost. */
  unheard: number
  /** Connections that the viewer holds open now. */
  open: number
  openMax: number
  /** When it tried to connect or to fetch the show. */
  tries: number[]
  /** When it sent bursts. */
  bursts: number[]
  /** Bursts sent although the server had asked for patience. */
  impatient: number
  patientUntil: number
}

/** A server and the networks between it and its viewers, in one thread and on a clock that a test turns. */
export class World {
  readonly #clock: ManualClock
  readonly #random: () => number
  readonly #lines = new Set<Line>()
  weather = CALM
  up = true
  total = 0
  /** The share of bursts that the server asks for. */
  sample = 1
  show = SHOW
  /** How many more requests for the show a cache on the way answers with the first version. */
  staleAnswers = 0
  #n = 0
  #mood: MoodPacket

  constructor(clock: ManualClock, random: () => number) {
    this.#clock = clock
    this.#random = random
    this.#mood = { at: clock.now(), ms: WINDOW_MS, n: 0, total: 0, top: [] }
    clock.after(WINDOW_MS, () => this.#closeWindow())
    clock.after(1000, () => this.#blow())
  }

  /** Every viewer is thrown out, and nobody gets in before `start`. */
  stop(): void {
    this.up = false
    for (const line of [...this.#lines]) line.cut(this.#random() < 0.5 ? 1001 : 1006)
  }

  start(): void {
    this.up = true
  }

  changeShow(): void {
    this.show = { ...this.show, version: this.show.version + 1 }
    for (const line of this.#lines) line.deliver('show', { version: this.show.version })
  }

  #closeWindow(): void {
    this.#clock.after(WINDOW_MS, () => this.#closeWindow())
    if (!this.up || (this.#n === 0 && this.#mood.n === 0)) return
    this.#mood = { at: this.#clock.now(), ms: WINDOW_MS, n: this.#n, total: this.total, top: [] }
    this.#n = 0
    for (const line of this.#lines) line.deliver('mood', this.#mood)
  }

  #blow(): void {
    this.#clock.after(1000, () => this.#blow())
    for (const line of [...this.#lines]) {
      if (this.#chance(this.weather.cut)) line.cut(1006)
      else if (this.#chance(this.weather.silent)) line.silent = true
    }
  }

  #chance = (probability: number): boolean => this.#random() < probability

  #later(callback: () => void): void {
    this.#clock.after(5 + this.#random() * LATENCY_MS_MAX, callback)
  }

  /** A viewer's place in the world. */
  platform(obstacles: Obstacles = {}): { platform: Platform; account: Account } {
    const account: Account = {
      counted: 0,
      unheard: 0,
      open: 0,
      openMax: 0,
      tries: [],
      bursts: [],
      impatient: 0,
      patientUntil: 0,
    }
    const world = this
    const platform: Platform = {
      now: () => this.#clock.now(),
      random: this.#random,
      after: (ms, callback) => this.#clock.after(ms, callback),
      fetch: (url, init) => this.#fetch(new URL(url), init ?? {}, account, obstacles.sse),
      WebSocket: class {
        constructor() {
          // biome-ignore lint/correctness/noConstructorReturn: the client only sees what a socket shows
          return world.#socket(account, obstacles.mqtt) as unknown as WebSocket
        }
      } as unknown as Platform['WebSocket'],
    }
    return { platform, account }
  }

  #open(account: Account): () => void {
    account.open++
    account.openMax = Math.max(account.openMax, account.open)
    let open = true
    return () => {
      if (open) account.open--
      open = false
    }
  }

  #fetch(
    url: URL,
    { signal, body }: RequestInit,
    account: Account,
    proxy: Obstacles['sse'],
  ): Promise<Response> {
    const kind = url.pathname.split('/')[4]
    if (kind === undefined) account.tries.push(this.#clock.now())
    if (kind === 'reactions') {
      account.bursts.push(this.#clock.now())
      if (this.#clock.now() < account.patientUntil) account.impatient++
    }
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')))
      this.#later(() => {
        // Refused at the door: Bun and Node tell, browsers do not.
        if (!this.up)
          return reject(
            Object.assign(new TypeError('refused'), this.#chance(0.5) && { code: 'ECONNREFUSED' }),
          )
        if (this.#chance(this.weather.lost)) return this.#chance(0.5) && reject(new TypeError('lost'))
        if (signal?.aborted) return
        if (kind === 'events' && proxy === 'hangs') return
        const answer = this.#answer(kind, body as string | undefined, account, { proxy, signal })
        if (this.#chance(this.weather.answerLost) && kind !== 'events') {
          if (kind === 'reactions' && answer.status === 202) account.unheard += tapsIn(body as string)
          return this.#chance(0.5) && reject(new TypeError('answer lost'))
        }
        this.#later(() => {
          if (signal?.aborted && kind === 'reactions' && answer.status === 202)
            account.unheard += tapsIn(body as string)
          if (kind === 'reactions' && answer.headers.has('retry-after'))
            account.patientUntil = this.#clock.now() + 2000
          resolve(answer)
        })
      })
    })
  }

  #answer(
    kind: string | undefined,
    body: string | undefined,
    account: Account,
    { proxy, signal }: { proxy: Obstacles['sse']; signal: AbortSignal | null | undefined },
  ): Response {
    if (this.#chance(this.weather.busy)) {
      const status = this.#chance(0.5) ? 503 : 429
      return problem('overloaded', status, { 'retry-after': '2' })
    }
    if (kind === undefined) return Response.json(this.staleAnswers-- > 0 ? SHOW : this.show)
    if (kind === 'mood') return Response.json(this.#mood)
    if (kind === 'events') {
      if (proxy === 'page')
        return new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })
      return proxy === 'refused'
        ? problem('method_not_allowed', 405)
        : this.#events(account, { proxy, signal })
    }
    const { sample = 1 } = JSON.parse(body!)
    if (sample < this.sample) return problem('bad_sample', 400)
    const taps = tapsIn(body!)
    account.counted += taps
    this.total += taps / sample
    this.#n += taps / sample
    return Response.json({ flushMs: SHOW.flushMs, sample: this.sample }, { status: 202 })
  }

  #events(
    account: Account,
    { proxy, signal }: { proxy: Obstacles['sse']; signal: AbortSignal | null | undefined },
  ): Response {
    const closed = this.#open(account)
    let line!: Line
    const end = () => {
      closed()
      this.#lines.delete(line)
    }
    let comment = () => {}
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send = (text: string) => {
          if (!line.silent) controller.enqueue(utf8.encode(text))
        }
        const breathe = () => {
          comment = this.#clock.after(5_000, breathe)
          send(':\n\n')
        }
        line = {
          silent: proxy === 'mute',
          deliver: (name, packet) => send(`event: ${name}\ndata: ${JSON.stringify(packet)}\n\n`),
          cut: () => {
            if (!this.#lines.has(line)) return
            comment()
            end()
            controller.close()
          },
        }
        if (proxy === 'cut') this.#clock.after(CUT_AFTER_MS, () => line.cut(1006))
        breathe()
        signal?.addEventListener('abort', () => {
          if (!this.#lines.has(line)) return
          comment()
          end()
          controller.error(new DOMException('Aborted', 'AbortError'))
        })
        line.deliver('mood', this.#mood)
      },
      cancel: () => {
        comment()
        end()
      },
    })
    this.#lines.add(line)
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  }

  #socket(account: Account, proxy: Obstacles['mqtt']) {
    account.tries.push(this.#clock.now())
    const closed = this.#open(account)
    const frames = new FrameReader({ packetBytesMax: 8192 })
    const send = (bytes: Uint8Array<ArrayBuffer>) =>
      this.#later(() => {
        if (socket.readyState === 1 && !line.silent) socket.onmessage?.({ data: bytes.buffer })
      })
    const line: Line = {
      silent: false,
      deliver: (name, packet) => {
        const payload = utf8.encode(JSON.stringify(packet))
        send(encodePublish(4, { topic: `roar/final/${name}`, payload, retain: false }))
      },
      cut: (code) => {
        if (socket.readyState > 1) return
        socket.close()
        socket.onclose?.({ code })
      },
    }
    const socket = {
      readyState: 0,
      binaryType: '',
      onopen: undefined as (() => void) | undefined,
      onmessage: undefined as ((event: { data: ArrayBuffer }) => void) | undefined,
      onclose: undefined as ((event: { code: number }) => void) | undefined,
      send: (bytes: Uint8Array) => {
        if (line.silent) return
        for (const frame of frames.read(bytes)) {
          const packet = decodeClientPacket(frame, 4)
          if (packet.type === 'connect') send(encodeConnack({ version: 4 }))
          if (packet.type === 'pingreq') send(encodePingresp())
          if (packet.type !== 'subscribe') continue
          send(
            encodeSuback(
              4,
              packet.packetId,
              packet.subscriptions.map(() => 0),
            ),
          )
          this.#lines.add(line)
          line.deliver('mood', this.#mood)
          if (proxy === 'mute') this.#clock.after(2 * LATENCY_MS_MAX, () => (line.silent = true))
          if (proxy === 'cut') this.#clock.after(CUT_AFTER_MS, () => line.cut(1006))
        }
      },
      close: () => {
        socket.readyState = 3
        closed()
        this.#lines.delete(line)
      },
    }
    this.#later(() => {
      if (socket.readyState !== 0) return
      if (proxy === 'hangs') return
      if (!this.up || proxy === 'refused' || this.#chance(this.weather.lost)) return line.cut(1006)
      socket.readyState = 1
      // A proxy that takes the upgrade and passes nothing on.
      line.silent = this.#chance(this.weather.silent)
      socket.onopen?.()
    })
    return socket
  }
}

const problem = (code: ErrorCode, status: number, headers = {}): Response =>
  Response.json({ type: `urn:roar:error:${code}`, code }, { status, headers })

const tapsIn = (body: string): number =>
  Object.values(JSON.parse(body).stickers as Record<string, number>).reduce((sum, count) => sum + count, 0)

const SHOW: ShowDocument = {
  show: 'final',
  title: 'The final',
  stickers: [
    { sticker: 'heart', title: 'Heart', emoji: '❤️' },
    { sticker: 'six', title: 'Six', emoji: '6️⃣' },
  ],
  segments: [],
  state: 'live',
  version: 1,
  polls: [],
  windowMs: WINDOW_MS,
  flushMs: FLUSH_MS,
  pubsub: ['ws://one.test/mqtt', 'ws://two.test/mqtt'],
}
