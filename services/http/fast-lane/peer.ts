import type { Socket } from 'bun'
import type { LoopShare, Waiter } from '../../../engine/loop-share.ts'
import { BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import type { SocketOwner } from '../routes.ts'
import { type ClientCertificate, clientCertificate } from '../tls.ts'
import { AnswerEnd } from './answer-end.ts'
import { CHUNKED_BYTES_MAX, ChunkReader, withLength } from './chunks.ts'
import { HEAD_BYTES_MAX, type Head, HeadMemory, withKnownMethod } from './head.ts'
import { readUpgrade, type UpgradeHead } from './upgrade.ts'
import { type Message, WriteBuffer } from './write-buffer.ts'

/** The head of the last response to a peer, and who has its socket after that. */
export interface TakenOver {
  answer: string
  open(socket: Socket<SocketOwner>): SocketOwner
}

/** The lane of a peer. */
export interface Lane {
  /**
   * The whole response, ASCII if it is text, now or later; undefined: the runtime's server answers. Never throws nor rejects. The
   * arguments are valid until the response is there.
   */
  answer(
    head: Head,
    body: string,
    peer: Peer,
  ): string | Buffer | Promise<string | Buffer | Message | TakenOver> | undefined
  /** The response 101 and the socket's new owner; undefined: the runtime's server answers. Never throws. */
  upgrade(head: UpgradeHead, peer: Peer): TakenOver | undefined
  /** Its socket gets another owner. */
  left(peer: Peer): void
  /** Opens a connection to the runtime's server. Its events go to the `backend…` methods. */
  connect(peer: Peer): void
  /** The peer has made progress: its timeout restarts. */
  progress(peer: Peer): void
  /** A handler threw, which must not happen: the connection is closed. */
  fault(socket: { terminate(): void }, cause: Error): void
  /** For requests behind others, and those in very many parts. */
  readonly share: Pick<LoopShare, 'add'>
  readonly counters: { forwarded: number; tunnelled: number }
}

/** The longest request that the lane reads: its head with the empty line behind it, and its body. */
const REQUEST_BYTES_MAX = HEAD_BYTES_MAX + 4 + CHUNKED_BYTES_MAX

/** Most requests are this long at most: only of a longer one more is decoded. */
const SHORT_BYTES_MAX = 4 * 1024

/** Input that may wait, longer than any request that the lane reads. A client that has sent more unasked is cut. */
const WAITING_BYTES_MAX = 64 * 1024

/** Parts of one request that are read as they come: of further ones each would cost as much as all before it. */
const PARTS_AT_ONCE = 16

/** What a request takes of the event loop, about, whose response is made elsewhere. */
const ELSEWHERE_MS = 0.3

type State = 'answering' | 'waiting' | 'forwarded' | 'tunnelled'

/**
 * One connection, and what the lane does with its bytes:
 *
 * - `answering`: reads requests, each whole before it is handled, and answers those that it knows: at once if its client waited for
 *   the answer before, as all but floods do. Further ones have a share of the loop, and none is read while answers wait to be sent.
 * - `waiting`: the response to one of those comes later. Nothing is answered before it, so responses stay in order.
 * - `forwarded`: the runtime's server has one whole request. When its response has passed, the lane answers again.
 * - `tunnelled`: bytes pass to the runtime's server and back, unread, for the rest of the connection's life.
 *
 * A WebSocket handshake that a route of the process accepts, and a request for a response that does not end, are answered here,
 * too; the route then owns the socket.
 *
 * Each side is read only as fast as the other drains.
 */
export class Peer implements SocketOwner, Waiter {
  /** Its last progress, in ticks of the lane. */
  tick = 0
  /** When the last forwarded request was completed. */
  forwardedTick = 0
  readonly #lane: Lane
  readonly socket: Socket<SocketOwner>
  readonly #out: WriteBuffer
  #state: State = 'answering'
  #backend: { socket?: Socket<Peer>; out: WriteBuffer } | undefined
  #answerEnd = new AnswerEnd()
  /** Unused input: part of a request, or data read behind a forwarded one. */
  #rest: Buffer | undefined
  /** What was read of its chunked body. */
  #chunks: ChunkReader | undefined
  /** How often its next request was incomplete. */
  #parts = 0
  /** Whether the next request behind an answered one, or the next part of one, waits for its turn. */
  #queued = false
  #paused = false
  #backendPaused = false
  #closed = false
  /** The peer has closed its sending half, and may still read. */
  #inputEnded = false
  /** Bytes were passed to the runtime's server, and nothing has come back yet. */
  #awaitsAnswer = false
  #address: string | undefined
  readonly #heads = new HeadMemory()

  constructor(socket: Socket<SocketOwner>, lane: Lane) {
    this.socket = socket
    this.#lane = lane
    this.#out = new WriteBuffer(socket as Socket<never>)
  }

  get address(): string {
    this.#address ??= this.socket.remoteAddress ?? ''
    return this.#address
  }

  get certificate(): ClientCertificate | undefined {
    return clientCertificate(this.socket as Socket<never>)
  }

  get isAdmitted(): boolean {
    return this.#state !== 'tunnelled'
  }

  get state(): State {
    return this.#state
  }

  /** Whether no request of it is in progress, here or with the runtime's server. */
  get idle(): boolean {
    return this.#state === 'answering' && this.#rest === undefined && !this.#out.full && !this.#out.ending
  }

  /** Whether the lane's timeout applies; the runtime's server has its own for what it handles. */
  get timed(): boolean {
    return !this.#isAway || this.#out.ending
  }

  /** Whether the runtime's server handles it. */
  get #isAway(): boolean {
    return this.#state === 'forwarded' || this.#state === 'tunnelled'
  }

  data(chunk: Buffer): void {
    if (this.#out.ending) return
    if (this.#state === 'tunnelled') this.#pass(chunk)
    else {
      const joined = this.#rest && Buffer.concat([this.#rest, chunk])
      this.#rest = joined ?? chunk
      if (this.#parts < PARTS_AT_ONCE) this.#answerPending()
      else this.#queue()
      this.#keepRest(joined)
    }
    this.#applyBackpressure()
  }

  drain(): void {
    // The runtime also says so when a paused socket is read again, which is no progress.
    const wasFull = this.#out.full
    this.#out.drain()
    if (wasFull && !this.#out.full) {
      this.#lane.progress(this)
      this.#answerPending()
    }
    this.#applyBackpressure()
  }

  /** Its turn has come to have its next request answered. */
  step(): number {
    this.#queued = false
    if (this.#closed) return 0
    this.#answerPending()
    this.#applyBackpressure()
    return this.#state === 'answering' ? 0 : ELSEWHERE_MS
  }

  fail(cause: Error): void {
    this.#lane.fault(this.socket, cause)
  }

  /** RFC 9112 section 9.6: a peer that has finished sending may still wait for the response. */
  ended(): void {
    this.#inputEnded = true
    this.#passEnd()
    this.#answerPending()
    this.#applyBackpressure()
  }

  closed(): void {
    this.#closed = true
    this.#rest = undefined
    // What the peer sent before it left must still reach the server, followed by an end, not a reset.
    this.#backend?.out.end()
    this.#applyBackpressure()
  }

  /** Closes the connection immediately. */
  cut(): void {
    this.socket.terminate()
  }

  backendOpened(socket: Socket<Peer>): void {
    // Small packets of an event stream must not be delayed.
    socket.setNoDelay(true)
    this.socket.setNoDelay(true)
    this.#backend!.socket = socket
    this.#backend!.out.attach(socket as Socket<never>)
    this.#applyBackpressure()
  }

  backendData(chunk: Buffer): void {
    if (this.#closed) return
    this.#awaitsAnswer = false
    if (this.#state === 'tunnelled') {
      this.#out.write(chunk)
      this.#passEnd()
    } else if (this.#state === 'forwarded') this.#takeAnswer(chunk)
    // Unsolicited response: our parser and the runtime's disagree.
    else this.cut()
    this.#applyBackpressure()
  }

  backendDrain(): void {
    this.#backend?.out.drain()
    this.#applyBackpressure()
  }

  /** The runtime's server closed in the middle of a message, so the peer's connection ends, too. */
  backendClosed(socket: Socket<Peer>): void {
    if (this.#backend?.socket !== socket) return
    this.#backend = undefined
    this.#backendPaused = false
    if (this.#isAway && !this.#closed) {
      this.#lane.progress(this)
      this.#out.end()
    }
    this.#applyBackpressure()
  }

  /** Closes the unused connection to the runtime's server before that does. */
  closeIdleBackend(): void {
    if (this.#isAway || this.#backend === undefined) return
    this.#backend.out.end()
    this.#backend = undefined
    this.#backendPaused = false
  }

  /** Answers a request, if it can be now; after the last response to a peer that has finished sending, the lane closes. */
  #answerPending(): void {
    if (this.#state !== 'answering' || this.#out.full || this.#queued) return
    if (this.#rest !== undefined && this.#answer(this.#rest)) this.#answerNext()
    else this.#endAfterLast()
  }

  /** What is behind a request waits until it is answered, and then for its turn. */
  #answerNext(): void {
    if (this.#state !== 'answering' || this.#out.full || this.#closed) return
    if (this.#rest !== undefined) this.#queue()
    else this.#endAfterLast()
  }

  #queue(): void {
    if (this.#queued) return
    this.#queued = true
    this.#lane.share.add(this)
  }

  /**
   * Alone: the runtime hands over half a megabyte at once, which would stay as long as a part of it.
   * @param joined A buffer that is nobody else's.
   */
  #keepRest(joined: Buffer | undefined): void {
    if (this.#rest === undefined) return
    if (this.#rest.length > WAITING_BYTES_MAX) {
      if (this.#isTooLong(this.#rest)) this.#tunnel()
      else this.cut()
    } else if (this.#rest !== joined) this.#rest = Buffer.from(this.#rest)
  }

  /** Whether these begin with a body in chunks that is too long for the lane, which the runtime's server reads. */
  #isTooLong(bytes: Buffer): boolean {
    if (this.#state !== 'answering' || this.#chunks === undefined) return false
    const text = bytes.toString('latin1', 0, REQUEST_BYTES_MAX)
    for (;;) {
      const read = this.#chunks.read(text)
      if (read !== 'more') return read === 'unsupported'
    }
  }

  #endAfterLast(): void {
    if (this.#inputEnded && !this.#closed && !this.#queued) this.#out.end()
  }

  /** Answers the first request, if it is complete, or has it answered. Returns whether it did. */
  #answer(bytes: Buffer): boolean {
    const isAnswered =
      this.#answerIn(bytes, SHORT_BYTES_MAX) ||
      (bytes.length > SHORT_BYTES_MAX && !this.#queued && this.#answerIn(bytes, REQUEST_BYTES_MAX))
    this.#parts = isAnswered ? 0 : this.#parts + 1
    return isAnswered
  }

  /** The same, if it is complete within so many bytes. */
  #answerIn(bytes: Buffer, within: number): boolean {
    const text = bytes.toString('latin1', 0, within)
    const head = this.#heads.read(text, 0)
    if (head === 'partial') return false
    if (head === 'unsupported' || head.bodyLength > BODY_BYTES_MAX) {
      if (!this.#handOver(text, bytes)) this.#tunnel()
      return true
    }
    if (head.chunked) this.#chunks ??= new ChunkReader(head.length)
    const chunks = this.#chunks?.read(text)
    if (chunks === 'more') this.#queue()
    if (chunks === 'partial' || chunks === 'more') return false
    this.#chunks = undefined
    if (chunks === 'unsupported') {
      this.#tunnel()
      return true
    }
    if (chunks !== undefined) head.bodyLength = chunks.body.length
    const end = chunks?.end ?? head.length + head.bodyLength
    if (end > text.length) return false
    const answer = this.#lane.answer(head, chunks?.body ?? text.slice(head.length, end), this)
    this.#rest = end === bytes.length ? undefined : bytes.subarray(end)
    this.#lane.progress(this)
    if (answer === undefined)
      this.#forward(chunks ? withLength(text.slice(0, head.length), chunks.body) : bytes.subarray(0, end))
    else if (answer instanceof Promise) this.#await(answer)
    else this.#out.write(answer)
    return true
  }

  /** Not while parts of a message are still to be sent. Returns whether the socket was handed over. */
  #handOver(text: string, bytes: Buffer): boolean {
    if (this.#backend !== undefined) return false
    const head = readUpgrade(text, 0)
    const taken = head && this.#lane.upgrade(head, this)
    if (taken === undefined) return false
    this.#handTo(taken, bytes.subarray(head!.length))
    return true
  }

  /** @param early What came behind the request. */
  #handTo({ answer, open }: TakenOver, early: Buffer | undefined): void {
    this.#out.write(answer)
    const unsent = this.#out.full
    this.closed()
    // A peer that cannot buffer one response cannot buffer packets.
    if (unsent) {
      this.cut()
      return
    }
    // Reading was paused while an earlier request waited for its response.
    if (this.#paused) this.socket.resume()
    this.#lane.left(this)
    const owner = open(this.socket)
    this.socket.data = owner
    if (early?.length) owner.data(Buffer.from(early))
    if (this.#inputEnded) owner.ended()
  }

  #await(coming: Promise<string | Buffer | Message | TakenOver>): void {
    this.#state = 'waiting'
    void coming.then((answer) => {
      this.#state = 'answering'
      if (this.#closed) return
      if (typeof answer === 'object' && 'open' in answer) {
        this.#handTo(answer, this.#rest)
        return
      }
      if (typeof answer === 'object' && 'head' in answer) this.#out.writeMessage(answer)
      else this.#out.write(answer)
      this.#lane.progress(this)
      this.#answerNext()
      this.#applyBackpressure()
    })
  }

  #forward(request: Buffer): void {
    this.#state = 'forwarded'
    this.#lane.counters.forwarded++
    this.#answerEnd = new AnswerEnd()
    this.#pass(request)
  }

  #tunnel(): void {
    this.#state = 'tunnelled'
    this.#lane.counters.tunnelled++
    this.#heads.forget()
    this.#chunks = undefined
    const rest = this.#rest
    this.#rest = undefined
    if (rest !== undefined) this.#pass(withKnownMethod(rest))
    this.#passEnd()
  }

  #pass(bytes: Buffer): void {
    if (this.#backend === undefined) {
      this.#backend = { out: new WriteBuffer() }
      this.#lane.connect(this)
    }
    this.#backend.out.write(bytes)
    this.#awaitsAnswer = true
  }

  /** Only after a response has begun: the runtime's server hangs up on a peer that closes its half. */
  #passEnd(): void {
    if (this.#inputEnded && this.#state === 'tunnelled' && !this.#awaitsAnswer) this.#backend?.out.end()
  }

  #takeAnswer(chunk: Buffer): void {
    const part = this.#answerEnd.take(chunk)
    if (part !== 'endless' && part.bytes < chunk.length) {
      // Two responses to one request: our parser and the runtime's disagree, and nobody may exploit that.
      this.cut()
      return
    }
    this.#out.write(chunk)
    if (part === 'endless') this.#tunnel()
    else if (part.ended) {
      this.#state = 'answering'
      this.#lane.progress(this)
      this.forwardedTick = this.tick
      this.#answerNext()
    }
  }

  /** Pauses each side while the other cannot drain. */
  #applyBackpressure(): void {
    const backend = this.#backend
    const waits =
      !this.#out.ending &&
      (this.#out.full ||
        this.#queued ||
        ((this.#state === 'forwarded' || this.#state === 'waiting') && this.#rest !== undefined) ||
        (this.#state === 'tunnelled' && backend?.out.full === true))
    if (waits !== this.#paused && !this.#closed) {
      this.#paused = waits
      if (waits) this.socket.pause()
      else this.socket.resume()
    }
    const backendWaits = this.#out.full && !this.#closed
    if (backend?.socket === undefined || backendWaits === this.#backendPaused) return
    this.#backendPaused = backendWaits
    if (backendWaits) backend.socket.pause()
    else backend.socket.resume()
  }
}
