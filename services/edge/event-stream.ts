import { CLOSE } from '../../protocol/close-codes.ts'
import { dueAt, type EdgeContext, type Member, type TokenClaims } from './context.ts'
import { countSession } from './counters.ts'
import type { Goodbye } from './goodbye.ts'
import { debit, type Origins } from './origins.ts'
import { Outflow } from './outflow.ts'
import { type Hearer, Subscriptions } from './subscriptions.ts'
import type { Topic } from './topics.ts'
import { type Transport, together } from './transport.ts'

/** Below the idle limits of common proxies, which are 30 s and more. */
export const HEARTBEAT_MS = 5_000
/** How long the browser waits before it reconnects, random for each viewer so that they do not all come at once. */
const RETRY_MIN_MS = 1_000
const RETRY_MAX_MS = 8_000

const utf8 = new TextEncoder()
const HEARTBEAT = utf8.encode(':\n\n')

/** The socket of an event stream. */
export interface EventTransport extends Transport {
  /** Called when the peer is ready for more, and when it has gone. */
  onDrain: () => void
  onGone: () => void
  /** Closes it, whatever waits. */
  abort(): void
}

/** A response's body as a socket. Its backlog is what the runtime has not pulled yet. */
export class ResponseTransport implements EventTransport {
  readonly kind = 'events'
  readonly address = ''
  readonly local = false
  readonly files: number
  readonly stream: ReadableStream<Uint8Array>
  onDrain = () => {}
  onGone = () => {}
  readonly #backlogBytesMax: number
  #controller!: ReadableStreamDefaultController<Uint8Array>

  constructor({ backlogBytesMax, serverFiles }: { backlogBytesMax: number; serverFiles: number }) {
    this.files = serverFiles
    this.#backlogBytesMax = backlogBytesMax
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.onDrain(),
        cancel: () => this.onGone(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: backlogBytesMax }),
    )
  }

  send(bytes: Uint8Array): boolean {
    if (this.backlogBytes() >= this.#backlogBytesMax) return false
    this.#controller.enqueue(bytes)
    return true
  }

  widen(): void {}

  backlogBytes(): number {
    return this.#backlogBytesMax - (this.#controller.desiredSize ?? this.#backlogBytesMax)
  }

  close(): void {
    this.#controller.close()
  }

  abort(): void {
    this.#controller.error(new Error('The stream was not read in time'))
  }
}

/** A viewer for whom a stream may be opened. */
export interface Admitted {
  origins: Origins
  claims: TokenClaims
  filters: Iterable<string>
}

/** One viewer's Server-Sent Events: what the filters match. */
export class EventStream implements Member, Hearer {
  readonly relay = false
  readonly isViewer = true
  readonly canBeSent = false
  readonly transport: EventTransport
  readonly dialects = { plain: 'sse', asPublished: 'sse' } as const
  readonly #context: EdgeContext
  readonly #origins: Origins
  readonly claims: TokenClaims
  readonly #outflow: Outflow
  readonly #subscriptions: Subscriptions
  #wheelSlot: number
  #gone = false

  constructor(
    context: EdgeContext,
    { transport, origins, claims, filters }: Admitted & { transport: EventTransport },
  ) {
    this.#context = context
    this.transport = transport
    this.#origins = origins
    this.claims = claims
    this.#outflow = new Outflow(context, this)
    this.#subscriptions = new Subscriptions(context, this)
    this.#wheelSlot = context.wheel.set(this, context.passedMs() + HEARTBEAT_MS)
    context.members.add(this)
    for (const origin of origins) origin.connections++
    countSession(context.counters, transport, undefined, 1)
    transport.onDrain = () => this.#drained()
    transport.onGone = () => this.#leave()
    const values = new Set<Topic>()
    for (const filter of filters)
      for (const topic of this.#subscriptions.add({ filter, retainAsPublished: false }) ?? [])
        values.add(topic)
    together(transport, () => {
      transport.send(utf8.encode(`retry: ${this.#retryMs()}\n\n`))
      this.#owe(values)
    })
  }

  #owe(values: Set<Topic>): void {
    const now = this.#context.now()
    let steps = 0
    for (const topic of values) steps += topic.costAt(now)
    debit(this.#origins, 'work', steps, this.#context.passedMs())
    this.#outflow.owe(values, 'sse')
  }

  #retryMs(): number {
    return Math.round(RETRY_MIN_MS + this.#context.random() * (RETRY_MAX_MS - RETRY_MIN_MS))
  }

  hears(): boolean {
    return true
  }

  joinChannel(channel: string): void {
    this.#context.loop.subscribe(channel, this.#outflow)
  }

  leaveChannel(channel: string): void {
    this.#context.loop.unsubscribe(channel, this.#outflow)
  }

  isJoined(channel: string): boolean {
    return this.#context.loop.isSubscribed(channel, this.#outflow)
  }

  get #expiresMs(): number {
    return this.claims.expiresMs ?? Number.POSITIVE_INFINITY
  }

  endIfExpired(): boolean {
    if (this.#context.now() < this.#expiresMs) return false
    this.end()
    return true
  }

  /** Sends a heartbeat, so that no proxy takes the stream for dead. */
  wake(passedMs: number): void {
    if (this.#gone) return
    if (this.endIfExpired()) return
    if (this.transport.backlogBytes() === 0) this.transport.send(HEARTBEAT)
    this.#wheelSlot = this.#context.wheel.set(
      this,
      Math.min(passedMs + HEARTBEAT_MS, dueAt(this.#context, this.#expiresMs)),
    )
  }

  #drained(): void {
    if (!this.#gone) this.#outflow.drained(['sse'])
  }

  cutSlow(): void {
    this.#context.counters.cutSlow++
    if (this.#leave()) this.transport.abort()
  }

  /** Browsers reconnect after their `retry`; our clients, if this process stops, after the time in its event. */
  end({ backInS, moves }: Partial<Goodbye> = {}): void {
    if (!this.#leave()) return
    // When viewers move, another edge is behind the same address.
    const retry = moves ? `retry: ${Math.round(this.#context.random() * RETRY_MIN_MS)}\n` : ''
    const stopping = backInS === undefined ? '' : `event: stopping\ndata: ${backInS}\n`
    if (retry || stopping) this.transport.send(utf8.encode(`${retry}${stopping}\n`))
    this.transport.close(CLOSE.goingAway, '')
  }

  /** Returns whether it was present. */
  #leave(): boolean {
    if (this.#gone) return false
    this.#gone = true
    const { counters, wheel, loop, slow, members } = this.#context
    countSession(counters, this.transport, undefined, -1)
    for (const origin of this.#origins) origin.connections--
    wheel.cancel(this, this.#wheelSlot)
    this.#subscriptions.clear()
    loop.leave(this.#outflow)
    slow.forget(this)
    members.delete(this)
    return true
  }
}
