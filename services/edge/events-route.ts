import { TOPIC_ROOT } from '../../protocol/topics.ts'
import { CORS_HEADERS } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import type { Hub } from './hub.ts'
import { audienceOf, type ShowQuestions } from './mood-route.ts'
import type { Topic } from './topics.ts'

interface Viewer {
  segment: string
  controller: ReadableStreamDefaultController<Uint8Array>
  /** Since when the stream has more waiting than it may; 0: it has not. */
  slowSinceMs: number
  nextHeartbeatMs: number
}

/** Below the idle limits of common proxies, which are 30 s and more. */
const HEARTBEAT_MS = 15_000
/** What the browser waits before it comes back, drawn for each viewer so that they don't come back all at once. */
const RETRY_MIN_MS = 1_000
const RETRY_MAX_MS = 8_000

const utf8 = new TextEncoder()
const text = new TextDecoder()
const HEARTBEAT = utf8.encode(':\n\n')

/** One event: the topic's rest after `roar/{show}/` is its name, the payload its data. */
export function encodeEvent(name: string, payload: Uint8Array): Uint8Array {
  const data = text.decode(payload).split(/\r\n|\r|\n/)
  return utf8.encode(`event: ${name}\n${data.map((line) => `data: ${line}\n`).join('')}\n`)
}

/**
 * Server-Sent Events: the same packets for those who can't hold a WebSocket. A viewer with more than `backlogBytesMax`
 * waiting is skipped, and cut after `slowMs`.
 */
export class EventStreams {
  readonly #hub: Hub
  readonly #random: () => number
  readonly #viewers = new Map<string, Set<Viewer>>()

  constructor(hub: Hub, { random }: { random: () => number }) {
    this.#hub = hub
    this.#random = random
  }

  publish({ name, show }: Topic, payload: Uint8Array): void {
    const viewers = this.#viewers.get(show)
    if (viewers === undefined) return
    const event = name.slice(`${TOPIC_ROOT}/${show}/`.length)
    let bytes: Uint8Array | undefined
    for (const viewer of viewers) {
      if (!wants(viewer, event)) continue
      bytes ??= encodeEvent(event, payload)
      this.#offer(viewer, bytes)
    }
  }

  /** Sends heartbeats and cuts those who don't read. To be called about once a second. */
  tick(now: number): void {
    for (const [show, viewers] of this.#viewers) {
      for (const viewer of viewers) {
        if (backlogged(viewer)) {
          if (viewer.slowSinceMs === 0) viewer.slowSinceMs = now
          else if (now - viewer.slowSinceMs >= this.#hub.limits.slowMs) this.#cut(show, viewer)
          continue
        }
        viewer.slowSinceMs = 0
        if (now < viewer.nextHeartbeatMs) continue
        viewer.nextHeartbeatMs = now + HEARTBEAT_MS
        this.#offer(viewer, HEARTBEAT)
      }
    }
  }

  /** Ends every stream. Browsers come back after their `retry`. */
  close(): void {
    for (const [show, viewers] of this.#viewers) {
      for (const viewer of viewers) {
        this.#forget(show, viewer)
        viewer.controller.close()
      }
    }
  }

  route({ admit, ...questions }: { admit: () => void } & ShowQuestions): Handler {
    return (request, server) => {
      const { show, segment } = audienceOf(request, questions)
      admit()
      // The runtime's own limit for a quiet response is shorter than a heartbeat.
      server.timeout(request, (2 * HEARTBEAT_MS) / 1000)
      return new Response(this.#stream(show, segment), {
        headers: {
          ...CORS_HEADERS,
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          // nginx holds a response back otherwise.
          'x-accel-buffering': 'no',
        },
      })
    }
  }

  #stream(show: string, segment: string): ReadableStream<Uint8Array> {
    const { limits, now } = this.#hub
    let viewer: Viewer
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          viewer = { segment, controller, slowSinceMs: 0, nextHeartbeatMs: now() + HEARTBEAT_MS }
          this.#add(show, viewer)
        },
        cancel: () => this.#forget(show, viewer),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: limits.backlogBytesMax }),
    )
  }

  #add(show: string, viewer: Viewer): void {
    const viewers = this.#viewers.get(show)
    if (viewers) viewers.add(viewer)
    else this.#viewers.set(show, new Set([viewer]))
    this.#hub.counters.connections.events++
    const retryMs = Math.round(RETRY_MIN_MS + this.#random() * (RETRY_MAX_MS - RETRY_MIN_MS))
    this.#offer(viewer, utf8.encode(`retry: ${retryMs}\n\n`))
    for (const { name, value } of this.#hub.topics.of(show)) {
      const event = name.slice(`${TOPIC_ROOT}/${show}/`.length)
      if (value !== undefined && wants(viewer, event)) this.#offer(viewer, encodeEvent(event, value))
    }
  }

  #offer(viewer: Viewer, bytes: Uint8Array): void {
    const { counters } = this.#hub
    if (backlogged(viewer)) {
      counters.skipped++
      return
    }
    viewer.controller.enqueue(bytes)
    counters.deliveries++
    counters.bytesOut += bytes.length
  }

  #cut(show: string, viewer: Viewer): void {
    this.#hub.counters.cutSlow++
    this.#forget(show, viewer)
    viewer.controller.error(new Error('The stream was not read in time'))
  }

  #forget(show: string, viewer: Viewer): void {
    const viewers = this.#viewers.get(show)
    if (!viewers?.delete(viewer)) return
    if (viewers.size === 0) this.#viewers.delete(show)
    this.#hub.counters.connections.events--
  }
}

const backlogged = ({ controller }: Viewer): boolean => (controller.desiredSize ?? 0) <= 0

/** Everything of the show but rooms and the moods of other segments. */
function wants({ segment }: Viewer, event: string): boolean {
  if (event === 'mood' || event === 'feed' || event === 'show') return true
  return event.startsWith('polls/') || (segment !== '' && event === `mood/${segment}`)
}
