import type { Socket } from 'bun'
import { type Target, tlsOf } from './target.ts'

/** Bound on head and body together; a longer answer closes the connection. */
const ANSWER_BYTES_MAX = 64 * 1024

export interface Answer {
  status: number
  body: string
}

export interface ConnectionEvents {
  onOpen?(connection: HttpConnection): void
  onAnswer(connection: HttpConnection, answer: Answer): void
  /** Called once, even if the connection never opened. `fault`: why, if known. */
  onClose(connection: HttpConnection, fault: string): void
}

/**
 * One kept-alive HTTP/1.1 connection with one request at a time, on a raw socket: `fetch` needs twice as much of the cores that
 * the load tool shares with the server. Reads answers with a Content-Length, as short answers have; a chunked answer closes the
 * connection with a fault that says so.
 */
export class HttpConnection {
  readonly #events: ConnectionEvents
  #socket: Socket<undefined> | undefined
  #unsent: Buffer | undefined
  #received: Buffer | undefined
  #closed = false
  #fault = 'the connection was closed'

  constructor(target: Target, events: ConnectionEvents) {
    this.#events = events
    Bun.connect({
      hostname: target.address,
      port: target.port,
      ...tlsOf(target),
      socket: {
        open: (socket) => {
          this.#socket = socket
          if (this.#closed) socket.terminate()
          else this.#events.onOpen?.(this)
        },
        data: (_socket, chunk) => this.#read(chunk),
        drain: () => this.#flush(),
        error: (_socket, error) => {
          this.#fault = error.message
        },
        close: () => this.#ended(),
        connectError: (_socket, error) => {
          this.#fault = error.message
          this.#ended()
        },
      },
    }).catch((error: Error) => {
      this.#fault = error.message
      this.#ended()
    })
  }

  /** Sends a whole request. The previous one must have been answered. */
  send(request: string | Uint8Array): void {
    const bytes = typeof request === 'string' ? Buffer.from(request, 'latin1') : request
    const written = this.#socket!.write(bytes)
    // A closed socket returns -1 here and reports the loss in `close`.
    if (written >= 0 && written < bytes.length) this.#unsent = Buffer.from(bytes.subarray(written))
  }

  /** Closes the connection now. */
  close(fault = 'closed by this tool'): void {
    this.#fault = fault
    this.#socket?.terminate()
    this.#ended()
  }

  #flush(): void {
    if (this.#unsent === undefined) return
    const written = Math.max(0, this.#socket!.write(this.#unsent))
    this.#unsent = written < this.#unsent.length ? this.#unsent.subarray(written) : undefined
  }

  #read(chunk: Buffer): void {
    const bytes = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk])
    this.#received = undefined
    let end: ReturnType<typeof answerEnd>
    try {
      end = answerEnd(bytes)
    } catch (error) {
      this.close((error as Error).message)
      return
    }
    if (end === undefined) this.#received = Buffer.from(bytes)
    else
      this.#events.onAnswer(this, {
        status: statusOf(bytes),
        body: bytes.toString('latin1', end.head, end.body),
      })
  }

  #ended(): void {
    if (this.#closed) return
    this.#closed = true
    this.#events.onClose(this, this.#fault)
  }
}

/** `HTTP/1.1 202`: three digits from index 9. */
const statusOf = (bytes: Buffer): number =>
  (bytes[9]! - 48) * 100 + (bytes[10]! - 48) * 10 + (bytes[11]! - 48)

/** Where the head and the body end; undefined until all has arrived. Throws if it cannot be parsed. */
function answerEnd(bytes: Buffer): { head: number; body: number } | undefined {
  if (bytes.length > ANSWER_BYTES_MAX) throw new Error('the answer is longer than 64 KiB')
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = headEnd + 4
  const body = head + contentLength(bytes, headEnd)
  if (bytes.length > body) throw new Error('the server sent more than one answer')
  return bytes.length < body ? undefined : { head, body }
}

function contentLength(bytes: Buffer, headEnd: number): number {
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase()
  const at = head.indexOf('\r\ncontent-length:')
  if (at !== -1) return Number.parseInt(head.slice(at + 17), 10)
  if (statusOf(bytes) !== 204) throw new Error('the answer has no Content-Length')
  return 0
}
