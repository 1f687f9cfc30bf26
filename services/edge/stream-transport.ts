import type { Socket } from 'bun'
import { isLoopback } from '../http/ip.ts'
import { type ClientCertificate, clientCertificate } from '../http/tls.ts'
import type { EdgeCounters, TransportKind } from './counters.ts'
import { DIRECT, directTo, sendNow, systemSocket } from './send-now.ts'
import type { Transport } from './transport.ts'
import { type InputReader, Unread } from './unread.ts'

/** How long a peer may take to read the rest after a close, before the socket is cut. */
const LINGER_S = 5
/** Bytes that may have been in flight when we sent the close. A peer that sends more ignores the close, and is cut at once. */
const IGNORED_BYTES_MAX = 1024 * 1024

/**
 * What the socket that is corked has sent: one has it at a time, as nothing else runs meanwhile. What no longer fits goes out first.
 */
const corkedBytes = new Uint8Array(4096)
let corkedLength = 0
let corked: StreamTransport | undefined

/** A socket of the runtime, with a backlog above it. */
export class StreamTransport implements Transport {
  readonly #socket: Socket<never>
  /**
   * For the system's own call; undefined over TLS, and from the moment at which the socket may be closed. Kept here: in a large
   * crowd to ask each socket for its number takes as much as is gained.
   */
  #fd: number | undefined
  readonly address: string
  readonly local: boolean
  #backlogBytesMax: number
  readonly #counters: Pick<EdgeCounters, 'endingFiles'> | undefined
  #backlog: Uint8Array[] | undefined
  #backlogBytes = 0
  #closing = false
  #ignoredBytes = 0
  /** Absent while all that came is read, as of nearly every socket. */
  #unread: Unread | undefined

  /**
   * @param options.address The peer's address; default: the socket's. @param options.local Default: by that address.
   * @param options.counters Where it is counted after its end. Default: nowhere.
   */
  constructor(
    socket: Socket<never>,
    {
      backlogBytesMax,
      address = socket.remoteAddress,
      local = isLoopback(address),
      counters,
    }: {
      backlogBytesMax: number
      address?: string
      local?: boolean
      counters?: Pick<EdgeCounters, 'endingFiles'> | undefined
    },
  ) {
    this.#socket = socket
    this.#fd = systemSocket(socket)
    this.address = address
    this.local = local
    this.#backlogBytesMax = backlogBytesMax
    this.#counters = counters
    this.#mark()
  }

  get fd(): number {
    return this.#fd ?? 0
  }

  /** In which form it takes a broadcast when nothing waits. */
  protected get direct(): number {
    return DIRECT.plain
  }

  #mark(): void {
    if (this.#fd === undefined) return
    directTo[this.#fd] = this.#backlogBytes === 0 && corked !== this ? this.direct : DIRECT.no
  }

  /** The number may be another socket's from now on. */
  #forget(): void {
    if (this.#fd !== undefined) directTo[this.#fd] = DIRECT.no
    this.#fd = undefined
  }

  get kind(): TransportKind {
    return 'tcp'
  }

  /** Not cached: it is needed once, at CONNECT, and hardly any client has one. */
  get certificate(): ClientCertificate | undefined {
    return clientCertificate(this.#socket)
  }

  send(bytes: Uint8Array, taken = 0): boolean {
    return this.#take(bytes, taken)
  }

  cork(work: () => void): void {
    // It is corked already, or another one is, which has the bytes.
    if (corked !== undefined) {
      work()
      return
    }
    corked = this
    this.#mark()
    try {
      work()
    } finally {
      corked = undefined
      this.#uncork()
      this.#mark()
    }
  }

  #uncork(): void {
    if (corkedLength === 0) return
    // What the kernel has no room for is kept, and others have these bytes next.
    const bytes = corkedBytes.slice(0, corkedLength)
    corkedLength = 0
    this.#write(bytes, 0)
  }

  #take(bytes: Uint8Array, taken: number): boolean {
    if (this.#backlogBytes > this.#backlogBytesMax) return false
    if (this.#backlogBytes > 0) this.#keep(bytes)
    else if (corked === this) this.#hold(bytes)
    else this.#write(bytes, taken)
    return true
  }

  #hold(bytes: Uint8Array): void {
    if (corkedLength + bytes.length > corkedBytes.length) this.#uncork()
    if (this.#backlogBytes > 0) this.#keep(bytes)
    else if (bytes.length > corkedBytes.length) this.#write(bytes, 0)
    else {
      corkedBytes.set(bytes, corkedLength)
      corkedLength += bytes.length
    }
  }

  widen(backlogBytesMax: number): void {
    this.#backlogBytesMax = backlogBytesMax
  }

  backlogBytes(): number {
    return this.#backlogBytes
  }

  /**
   * TCP cannot carry the code; a v5 client got a DISCONNECT. Only our half is closed: closing both would reset the connection if
   * the peer's unread bytes arrive, and the last packets to it would be lost.
   */
  close(_code: number, _reason: string): void {
    if (corked === this) this.#uncork()
    if (this.#counters && !this.#closing) this.#counters.endingFiles++
    this.#closing = true
    this.#forget()
    this.#socket.timeout(LINGER_S)
    if (this.#backlogBytes === 0) this.#socket.shutdown()
  }

  /** Has what the peer sent read: at once, or if it is much in pieces. */
  input(chunk: Uint8Array, reader: InputReader): void {
    reader.arrived(chunk.length)
    if (this.#unread !== undefined) {
      this.#unread.add(chunk)
      return
    }
    const rest = Unread.readAtOnce(chunk, reader)
    if (rest.length === 0) return
    if (reader.isClosed) {
      this.ignored(rest.length)
      return
    }
    const onRead = (unreadBytes: number) => {
      this.#unread = undefined
      if (unreadBytes > 0) this.ignored(unreadBytes)
    }
    this.#unread = new Unread(rest, { reader, socket: this.#socket, onRead })
  }

  /** Called with the number of bytes that arrived after a close. */
  ignored(bytes: number): void {
    this.#ignoredBytes += bytes
    if (this.#ignoredBytes > IGNORED_BYTES_MAX) this.#socket.terminate()
  }

  /** The peer sends no more: close at once. */
  hangUp(): void {
    this.#forget()
    this.#socket.end()
  }

  /** The socket is closed, by either side. */
  closed(): void {
    if (this.#counters && this.#closing) this.#counters.endingFiles--
    this.#closing = false
    this.#forget()
  }

  /** The socket accepts bytes again. */
  drain(): void {
    const waiting = this.#backlog ?? []
    this.#backlog = undefined
    this.#backlogBytes = 0
    for (const bytes of waiting) this.#take(bytes, 0)
    this.#mark()
    if (this.#closing && this.#backlogBytes === 0) this.#socket.shutdown()
  }

  #write(bytes: Uint8Array, taken: number): void {
    const sent = taken > 0 || this.#fd === undefined ? taken : sendNow(this.#fd, bytes)
    // What the kernel has no room for goes to the runtime, which says when there is some.
    if (sent < bytes.length) this.#writeBySocket(sent === 0 ? bytes : bytes.subarray(sent))
  }

  #writeBySocket(bytes: Uint8Array): void {
    const taken = this.#socket.write(bytes as Uint8Array<ArrayBuffer>)
    // -1: the socket is closed, and its close handler is about to run.
    if (taken >= 0 && taken < bytes.length) this.#keep(bytes.subarray(taken))
  }

  #keep(bytes: Uint8Array): void {
    this.#backlog ??= []
    this.#backlog.push(bytes)
    this.#backlogBytes += bytes.length
    this.#mark()
  }
}
