import type { Socket } from 'bun'
import { encodeClose, encodeFrame } from '../../protocol/websocket/encode-frame.ts'
import { OPCODE } from '../../protocol/websocket/opcodes.ts'
import type { EdgeCounters } from './counters.ts'
import { DIRECT } from './send-now.ts'
import { StreamTransport } from './stream-transport.ts'

/** A broadcast goes to one socket after the other: its frame is encoded once. */
let lastBytes: Uint8Array | undefined
let lastFrame: Uint8Array | undefined

/** The frame of a packet. */
export function frameOf(bytes: Uint8Array): Uint8Array {
  if (bytes !== lastBytes || lastFrame === undefined) {
    lastBytes = bytes
    lastFrame = encodeFrame(OPCODE.binary, bytes)
  }
  return lastFrame
}

/** A WebSocket with our own framing, on a socket that a fast lane has handed over. */
export class FramedTransport extends StreamTransport {
  readonly token: string | undefined

  constructor(
    socket: Socket<never>,
    {
      address,
      token,
      backlogBytesMax,
      counters,
    }: {
      address: string
      token: string | undefined
      backlogBytesMax: number
      counters?: Pick<EdgeCounters, 'endingFiles'> | undefined
    },
  ) {
    // A proxy on this machine is the usual way to have TLS, so a local address proves nothing.
    super(socket, { address, backlogBytesMax, counters, local: false })
    this.token = token
  }

  override get kind() {
    return 'websocket' as const
  }

  protected override get direct() {
    return DIRECT.framed
  }

  override send(bytes: Uint8Array, taken?: number): boolean {
    return super.send(frameOf(bytes), taken)
  }

  /** Answers a ping; sends nothing while the socket is congested. */
  pong(payload: Uint8Array): void {
    if (this.backlogBytes() === 0) super.send(encodeFrame(OPCODE.pong, payload))
  }

  override close(code: number, reason: string): void {
    super.send(encodeClose(code, reason))
    super.close(code, reason)
  }
}
