import type { Socket, SocketHandler } from 'bun'

/** A viewer's handshake: each message is sent once the answer to the previous one has begun with the byte `until`. */
export type Hello = readonly { says: Uint8Array | string; until: number }[]

export type OnPacket = (nth: number, chunk: Buffer, at: number) => void

export interface ViewerOptions {
  hello: Hello
  /** Ends each packet that counts, and occurs nowhere else in a server's output. */
  end: string
  /** Called for each of those, with the number of earlier ones, and where in which bytes `end` begins. */
  onPacket: OnPacket
}

/** One connection without a stream around it, which would cost more than the measured server. */
export class Viewer {
  /** Bytes received since it was answered. */
  bytes = 0
  /** The server ended it. */
  cut = false
  readonly #options: ViewerOptions
  readonly #answered = Promise.withResolvers<void>()
  #step = 0
  #heard = 0
  #said = ''
  #closing = false
  #socket: Socket<Viewer> | undefined

  constructor(options: ViewerOptions) {
    this.#options = options
  }

  /** Settles when the last message of its handshake is answered. Rejects when it is refused. */
  async connect(port: number, { secure }: { secure: boolean }): Promise<void> {
    const address = { hostname: '127.0.0.1', port, data: this as Viewer }
    this.#socket = secure
      ? await Bun.connect({ ...address, tls: { rejectUnauthorized: false }, socket: SECURE })
      : await Bun.connect({ ...address, socket: PLAIN })
    await this.#answered.promise
  }

  close(): void {
    this.#closing = true
    this.#socket?.terminate()
  }

  /** The socket can be written to. */
  ready(socket: Socket<Viewer>): void {
    socket.timeout(0)
    socket.write(this.#options.hello[0]!.says)
  }

  data(socket: Socket<Viewer>, chunk: Buffer): void {
    const { end, onPacket, hello } = this.#options
    for (let at = chunk.indexOf(end); at >= 0; at = chunk.indexOf(end, at + 1))
      onPacket(this.#heard++, chunk, at)
    const step = hello[this.#step]
    if (step === undefined) this.bytes += chunk.length
    else if (chunk.includes(step.until)) this.#next(socket)
    else this.#said = chunk.toString('latin1').replace(/[^ -~]/g, '')
  }

  #next(socket: Socket<Viewer>): void {
    const next = this.#options.hello[++this.#step]
    if (next === undefined) this.#answered.resolve()
    else socket.write(next.says)
  }

  closed(): void {
    this.cut = !this.#closing
    this.#answered.reject(new Error(`the server turned a viewer away: ${this.#said || 'it said nothing'}`))
  }
}

const PLAIN: SocketHandler<Viewer> = {
  open: (socket) => socket.data.ready(socket),
  data: (socket, chunk) => socket.data.data(socket, chunk),
  close: ({ data }) => data.closed(),
  error: (socket) => void socket.terminate(),
}
const SECURE: SocketHandler<Viewer> = {
  ...PLAIN,
  open() {},
  handshake: (socket) => socket.data.ready(socket),
}
