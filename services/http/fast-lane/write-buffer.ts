import type { Socket } from 'bun'

/** A response in two parts, which are joined as bytes. */
export interface Message {
  /** ASCII, without Content-Length and the empty line. */
  head: string
  body: string
}

/** Where messages are joined: a body begins at one place, and its head ends there. A larger one gets memory of its own. */
const HEAD_BYTES_MAX = 2 ** 12
const BODY_BYTES_MAX = 2 ** 14
const joined = Buffer.allocUnsafe(HEAD_BYTES_MAX + BODY_BYTES_MAX)
/** The most bytes of a character of a text, in UTF-8. */
const CHARACTER_BYTES_MAX = 3
/** Room for Content-Length and the empty line. */
const LENGTH_BYTES_MAX = 40

/**
 * Ordered output to a socket. What the kernel does not accept at once waits here; the writer checks `full` and stops reading its
 * own source meanwhile, so at most the result of one read waits.
 */
export class WriteBuffer {
  #socket: Socket<never> | undefined
  #unsent: Buffer | undefined
  #ending = false

  /** @param socket Absent: still being opened, see `attach`. */
  constructor(socket?: Socket<never>) {
    this.#socket = socket
  }

  /** Whether bytes wait. */
  get full(): boolean {
    return this.#unsent !== undefined
  }

  get ending(): boolean {
    return this.#ending
  }

  attach(socket: Socket<never>): void {
    this.#socket = socket
    this.drain()
  }

  /** @param bytes As text: ASCII. */
  write(bytes: Buffer | string): void {
    if (bytes.length === 0) return
    if (this.#unsent !== undefined) this.#unsent = Buffer.concat([this.#unsent, bufferOf(bytes)])
    else if (this.#socket === undefined) this.#unsent = Buffer.from(bufferOf(bytes))
    else this.#send(this.#socket, bytes)
  }

  /** Without a text of both parts, which the garbage collector would get to deal with for every vote. */
  writeMessage({ head, body }: Message): void {
    const isSmall =
      head.length + LENGTH_BYTES_MAX <= HEAD_BYTES_MAX && CHARACTER_BYTES_MAX * body.length <= BODY_BYTES_MAX
    if (this.#unsent !== undefined || this.#socket === undefined || !isSmall) {
      this.write(Buffer.from(`${head}${lengthOf(Buffer.byteLength(body))}${body}`))
      return
    }
    const bodyBytes = joined.write(body, HEAD_BYTES_MAX)
    const begin = head + lengthOf(bodyBytes)
    const from = HEAD_BYTES_MAX - begin.length
    joined.write(begin, from, 'latin1')
    const bytes = begin.length + bodyBytes
    const taken = this.#socket.write(joined, from, bytes)
    // A copy: the next message is joined in the same place.
    if (taken >= 0 && taken < bytes) this.#unsent = Buffer.from(joined.subarray(from + taken, from + bytes))
  }

  /** The socket accepts bytes, again or for the first time. */
  drain(): void {
    const unsent = this.#unsent
    this.#unsent = undefined
    if (unsent !== undefined) this.#send(this.#socket!, unsent)
    if (this.#ending && this.#unsent === undefined) this.#socket!.end()
  }

  /** Closes the connection after everything that waits. */
  end(): void {
    this.#ending = true
    if (this.#unsent === undefined) this.#socket?.end()
  }

  #send(socket: Socket<never>, bytes: Buffer | string): void {
    const taken = socket.write(bytes as Buffer<ArrayBuffer>)
    // -1: the socket is closed, and its close handler is about to run.
    if (taken >= 0 && taken < bytes.length) this.#unsent = bufferOf(bytes).subarray(taken)
  }
}

const bufferOf = (bytes: Buffer | string): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes

/** The end of a head. */
export const lengthOf = (bodyBytes: number): string => `Content-Length: ${bodyBytes}\r\n\r\n`
