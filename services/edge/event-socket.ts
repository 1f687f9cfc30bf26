import type { Socket } from 'bun'
import { CLOSE } from '../../protocol/close-codes.ts'
import type { SocketOwner } from '../http/routes.ts'
import type { EdgeContext } from './context.ts'
import { type Admitted, EventStream, type EventTransport } from './event-stream.ts'
import { StreamTransport } from './stream-transport.ts'
import { PROBE_AFTER_MS } from './tcp.ts'

/** The socket of a response whose body ends with it. */
class EventSocket extends StreamTransport implements EventTransport {
  onDrain = () => {}
  onGone = () => {}

  override get kind() {
    return 'events' as const
  }

  override drain(): void {
    super.drain()
    this.onDrain()
  }

  override closed(): void {
    super.closed()
    this.onGone()
  }

  abort(): void {
    this.close(CLOSE.slow, '')
  }
}

/** An event stream on a socket that a fast lane has handed over. */
export function openEventSocket(
  context: EdgeContext,
  socket: Socket<SocketOwner>,
  admitted: Admitted,
): SocketOwner {
  const { limits, counters } = context
  const { backlogBytesMax } = limits
  socket.setNoDelay(true)
  socket.setKeepAlive(true, PROBE_AFTER_MS)
  const options = { backlogBytesMax, counters, address: '', local: false }
  const transport = new EventSocket(socket as Socket<never>, options)
  new EventStream(context, { transport, ...admitted })
  return {
    data: (chunk) => transport.ignored(chunk.length),
    drain: () => transport.drain(),
    ended: () => transport.hangUp(),
    closed: () => transport.closed(),
  }
}
