import type { Socket } from 'bun'
import { BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import type { SocketOwner } from '../routes.ts'
import { AnswerEnd } from './answer-end.ts'
import { readChunks, withLength } from './chunks.ts'
import { type Head, HeadMemory } from './head.ts'
import { Outlet } from './outlet.ts'
import { readUpgrade, type UpgradeHead } from './upgrade.ts'

/** The lane that a peer is on. */
export interface Lane {
  /** The whole answer, ASCII where it is text; undefined: the runtime's server answers. Never throws. */
  answer(head: Head, body: string, peer: Peer): string | Buffer | undefined
  /** The answer 101 and what then has the socket; undefined: the runtime's server answers. Never throws. */
  upgrade(head: UpgradeHead, peer: Peer): { answer: string; open(): SocketOwner } | undefined
  /** Opens a connection to the runtime's server. Its events go to the `inner…` methods. */
  reach(peer: Peer): void
  /** The peer has got on: its time begins anew. */
  progress(peer: Peer): void
  readonly counters: { lent: number; spliced: number }
}

type State = 'lane' | 'lent' | 'spliced'

/**
 * One connection, and what the lane does with its bytes:
 *
 * - `lane`: reads requests, each whole before it counts, and answers those that it knows.
 * - `lent`: one whole request is with the runtime's server. When its answer has passed, the connection is back.
 * - `spliced`: bytes pass to the runtime's server and back, unread, for the rest of the connection's life.
 *
 * A WebSocket handshake that a route of the process takes is answered here too, and the socket is that route's then.
 *
 * Each side is read only as fast as the other takes it.
 */
export class Peer implements SocketOwner {
  /** When it last got on, in ticks of the lane. */
  tick = 0
  /** When the last request that was lent came back. */
  lentTick = 0
  readonly #lane: Lane
  readonly socket: Socket<SocketOwner>
  readonly #out: Outlet
  #state: State = 'lane'
  #inner: { socket?: Socket<Peer>; out: Outlet } | undefined
  #answerEnd = new AnswerEnd()
  /** What has come and is not used yet: a part of one request, or one read after a request that is lent. */
  #rest: Buffer | undefined
  #paused = false
  #innerPaused = false
  #closed = false
  /** The peer sends no more, and may still listen. */
  #saidAll = false
  /** Bytes of the peer went to the runtime's server, and nothing came back yet. */
  #awaits = false
  #address: string | undefined
  readonly #heads = new HeadMemory()

  constructor(socket: Socket<SocketOwner>, lane: Lane) {
    this.socket = socket
    this.#lane = lane
    this.#out = new Outlet(socket as Socket<never>)
  }

  get address(): string {
    this.#address ??= this.socket.remoteAddress
    return this.#address
  }

  get state(): State {
    return this.#state
  }

  /** Whether nothing of it is in hand, here or with the runtime's server. */
  get idle(): boolean {
    return this.#state === 'lane' && this.#rest === undefined && !this.#out.full && !this.#out.ending
  }

  /** Whether the lane counts its time; what the runtime's server has in hand has its time there. */
  get timed(): boolean {
    return this.#state === 'lane' || this.#out.ending
  }

  data(chunk: Buffer): void {
    if (this.#out.ending) return
    if (this.#state === 'spliced') this.#pass(chunk)
    else {
      this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
      this.#work()
    }
    this.#steer()
  }

  drain(): void {
    this.#out.drain()
    if (!this.#out.full) {
      this.#lane.progress(this)
      this.#work()
    }
    this.#steer()
  }

  /** RFC 9112 section 9.6: who has sent all may still wait for the answer. */
  ended(): void {
    this.#saidAll = true
    this.#passEnd()
    this.#work()
    this.#steer()
  }

  closed(): void {
    this.#closed = true
    this.#rest = undefined
    // What the peer sent before it left is still for the server to see: an end, no reset.
    this.#inner?.out.end()
    this.#steer()
  }

  /** Ends the connection now. */
  cut(): void {
    this.socket.terminate()
  }

  innerOpened(socket: Socket<Peer>): void {
    // Small packets of an event stream pass as they come.
    socket.setNoDelay(true)
    this.socket.setNoDelay(true)
    this.#inner!.socket = socket
    this.#inner!.out.attach(socket as Socket<never>)
    this.#steer()
  }

  innerData(chunk: Buffer): void {
    if (this.#closed) return
    this.#awaits = false
    if (this.#state === 'spliced') {
      this.#out.write(chunk)
      this.#passEnd()
    } else if (this.#state === 'lent') this.#takeAnswer(chunk)
    // An answer to nothing: the two of us do not read alike.
    else this.cut()
    this.#steer()
  }

  innerDrain(): void {
    this.#inner?.out.drain()
    this.#steer()
  }

  /** The runtime's server hung up in the middle of something, so the peer is told. */
  innerClosed(socket: Socket<Peer>): void {
    if (this.#inner?.socket !== socket) return
    this.#inner = undefined
    this.#innerPaused = false
    if (this.#state !== 'lane' && !this.#closed) {
      this.#lane.progress(this)
      this.#out.end()
    }
    this.#steer()
  }

  /** Gives back the connection that no request uses now, before the runtime's server would. */
  hangUpInner(): void {
    if (this.#state !== 'lane' || this.#inner === undefined) return
    this.#inner.out.end()
    this.#inner = undefined
    this.#innerPaused = false
  }

  /** Answers what can be answered now; after the last answer to a peer that sends no more it is the lane that hangs up. */
  #work(): void {
    if (this.#state !== 'lane' || this.#out.full) return
    if (this.#rest !== undefined) this.#answer(this.#rest)
    if (this.#saidAll && this.#state === 'lane' && !this.#out.full) this.#out.end()
  }

  /** Answers the requests in hand, in order, as far as they are for the lane. */
  #answer(bytes: Buffer): void {
    const text = bytes.toString('latin1')
    let answers = ''
    let at = 0
    let next: (() => void) | undefined
    while (at < text.length && next === undefined) {
      const head = this.#heads.read(text, at)
      if (head === 'partial') break
      if (head === 'foreign' || head.bodyLength > BODY_BYTES_MAX) {
        next = () => this.#handOver(text) || this.#splice()
        break
      }
      const bodyAt = at + head.length
      const chunks = head.chunked ? readChunks(text, bodyAt) : undefined
      if (chunks === 'partial') break
      if (chunks === 'foreign') {
        next = () => this.#splice()
        break
      }
      if (chunks !== undefined) head.bodyLength = chunks.body.length
      const end = chunks?.end ?? bodyAt + head.bodyLength
      if (end > text.length) break
      const answer = this.#lane.answer(head, chunks?.body ?? text.slice(bodyAt, end), this)
      if (answer === undefined) {
        const request = chunks ? withLength(text.slice(at, bodyAt), chunks.body) : bytes.subarray(at, end)
        next = () => this.#lend(request)
      } else if (typeof answer === 'string') answers += answer
      else {
        this.#out.write(answers)
        this.#out.write(answer)
        answers = ''
      }
      at = end
    }
    this.#out.write(answers)
    if (at > 0) this.#lane.progress(this)
    this.#rest = at === text.length ? undefined : Buffer.from(bytes.subarray(at))
    next?.()
  }

  /** A socket with answers or a part of a message still to send stays with the lane. Returns whether it has gone. */
  #handOver(text: string): boolean {
    if (this.#out.full || this.#inner !== undefined) return false
    const at = text.length - (this.#rest?.length ?? 0)
    const head = readUpgrade(text, at)
    const taken = head && this.#lane.upgrade(head, this)
    if (taken === undefined) return false
    this.#out.write(taken.answer)
    const early = this.#rest!.subarray(head!.length)
    const unsent = this.#out.full
    this.closed()
    // A peer that has no room for one answer will have none for packets.
    if (unsent) this.cut()
    else {
      const owner = taken.open()
      if (early.length > 0) owner.data(Buffer.from(early))
    }
    return true
  }

  #lend(request: Buffer): void {
    this.#state = 'lent'
    this.#lane.counters.lent++
    this.#answerEnd = new AnswerEnd()
    this.#pass(request)
  }

  #splice(): void {
    this.#state = 'spliced'
    this.#lane.counters.spliced++
    this.#heads.forget()
    const rest = this.#rest
    this.#rest = undefined
    if (rest !== undefined) this.#pass(rest)
    this.#passEnd()
  }

  #pass(bytes: Buffer): void {
    if (this.#inner === undefined) {
      this.#inner = { out: new Outlet() }
      this.#lane.reach(this)
    }
    this.#inner.out.write(bytes)
    this.#awaits = true
  }

  /** Not before an answer has begun: the runtime's server hangs up on whoever ends. */
  #passEnd(): void {
    if (this.#saidAll && this.#state === 'spliced' && !this.#awaits) this.#inner?.out.end()
  }

  #takeAnswer(chunk: Buffer): void {
    const part = this.#answerEnd.take(chunk)
    if (part !== 'endless' && part.bytes < chunk.length) {
      // Two answers to one request: the two of us do not read alike, and nobody may profit from that.
      this.cut()
      return
    }
    this.#out.write(chunk)
    if (part === 'endless') this.#splice()
    else if (part.ended) {
      this.#state = 'lane'
      this.#lane.progress(this)
      this.lentTick = this.tick
      this.#work()
    }
  }

  /** Reads from each side what the other can take. */
  #steer(): void {
    const inner = this.#inner
    const waits =
      !this.#out.ending &&
      (this.#out.full ||
        (this.#state === 'lent' && this.#rest !== undefined) ||
        (this.#state === 'spliced' && inner?.out.full === true))
    if (waits !== this.#paused && !this.#closed) {
      this.#paused = waits
      if (waits) this.socket.pause()
      else this.socket.resume()
    }
    const innerWaits = this.#out.full && !this.#closed
    if (inner?.socket === undefined || innerWaits === this.#innerPaused) return
    this.#innerPaused = innerWaits
    if (innerWaits) inner.socket.pause()
    else inner.socket.resume()
  }
}
