import type { Socket } from 'bun'

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
