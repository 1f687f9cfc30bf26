import type { Socket } from 'bun'
import type { LoopShare, Waiter } from '../../engine/loop-share.ts'

/** The most of a socket's input that is read at once: a CONNECT with a long token and a dozen filters fit into it. */
const AT_ONCE_BYTES_MAX = 2 * 1024
/** What is read before it is asked again whether the peer is strained: some packets, each of which may ask for all values of a show. */
const PIECE_BYTES = 256
/** What it takes of the loop, about, that a connection is accepted and closed: whoever is cut in a step comes again. */
const COMING_MS = 0.15
/** Input that may wait here. A client that has sent more is ended: the runtime hands over half a megabyte at once. */
const UNREAD_BYTES_MAX = 64 * 1024

/** Who reads what a peer sends. */
export interface InputReader {
  /** So many bytes have come, which are read now or later. It may be closed by that. */
  arrived(bytes: number): void
  receive(bytes: Uint8Array): void
  /** Nothing is read any more. */
  readonly isClosed: boolean
  /** Whether it is an edge below: what it reports of all its viewers comes together, and is read at once. */
  readonly relay: boolean
  /** Whether the peer has caused so much work lately that what it sends now can wait. */
  readonly isStrained: boolean
  /** Has the share of the event loop in which it then waits. */
  readonly share: LoopShare
  /** The peer has sent more than may wait. It must be closed by this. */
  overrun(): void
}

/** What no healthy viewer sends: so much at once, or anything while it is strained. It is read in pieces, each in a turn of its own. */
export class Unread implements Waiter {
  #bytes: Uint8Array
  readonly #reader: InputReader
  readonly #socket: Pick<Socket<never>, 'pause' | 'resume' | 'terminate'>
  readonly #onRead: (unreadBytes: number) => void

  /** @param options.onRead Called once: all was read, or its reader was closed before so many bytes were. */
  constructor(
    bytes: Uint8Array,
    {
      reader,
      socket,
      onRead,
    }: {
      reader: InputReader
      socket: Pick<Socket<never>, 'pause' | 'resume' | 'terminate'>
      onRead: (unreadBytes: number) => void
    },
  ) {
    this.#bytes = bytes
    this.#reader = reader
    this.#socket = socket
    this.#onRead = onRead
    socket.pause()
    this.#limit()
    reader.share.add(this)
  }

  /** Has read at once what a healthy viewer sends. Returns the rest: all of what is too much, or what came after the peer was strained. */
  static readAtOnce(bytes: Uint8Array, reader: InputReader): Uint8Array {
    if (bytes.length > AT_ONCE_BYTES_MAX && !reader.relay) return bytes
    let rest = bytes
    while (rest.length > 0 && !reader.isClosed && (reader.relay || !reader.isStrained)) {
      const piece = reader.relay ? rest : rest.subarray(0, PIECE_BYTES)
      reader.receive(piece)
      rest = rest.subarray(piece.length)
    }
    return rest
  }

  /** Bytes that were on their way to us when reading was paused. */
  add(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    this.#limit()
  }

  step(): number {
    const reader = this.#reader
    if (!reader.isClosed) {
      reader.receive(this.#bytes.subarray(0, PIECE_BYTES))
      this.#bytes = this.#bytes.subarray(PIECE_BYTES)
    }
    if (this.#bytes.length > 0 && !reader.isClosed) {
      reader.share.add(this)
      return 0
    }
    this.#socket.resume()
    this.#onRead(this.#bytes.length)
    return reader.isClosed ? COMING_MS : 0
  }

  /** Its close handler ends the reader. */
  fail(): void {
    this.#socket.terminate()
  }

  #limit(): void {
    if (this.#bytes.length > UNREAD_BYTES_MAX && !this.#reader.isClosed) this.#reader.overrun()
  }
}
