import { dlopen } from 'bun:ffi'
import type { Socket } from 'bun'

/** `MSG_DONTWAIT` and `MSG_NOSIGNAL` of Linux. */
const FLAGS = 0x40 | 0x4000
/** As many open files as Linux lets a process have, unless it was told otherwise (`fs.nr_open`). */
const SOCKETS_MAX = 1024 * 1024

/** Whether a broadcast may go straight to a socket, as nothing waits for that, and in which form. */
export const DIRECT = { no: 0, plain: 1, framed: 2 } as const

/**
 * One of `DIRECT` for each socket, by its number. A byte each, side by side: a broadcast goes to thousands of sockets, whose objects
 * are all over the memory. What of it is never written takes none.
 */
export const directTo = new Uint8Array(SOCKETS_MAX)

const send = systemSend()

/** Undefined where the system's library has another name, or the runtime cannot call it. */
function systemSend() {
  if (process.platform !== 'linux') return undefined
  try {
    const { symbols } = dlopen('libc.so.6', {
      send: { args: ['i32', 'buffer', 'usize', 'i32'], returns: 'i32' },
    })
    return symbols.send
  } catch {
    return undefined
  }
}

/** Whether `sendNow` is possible here. */
export const canSendNow = send !== undefined

/** The number under which the system knows a socket, to be sent to by `sendNow`; undefined where that is not possible, as over TLS. */
export function systemSocket(socket: Socket<never>): number | undefined {
  if (!canSendNow || socket.getTLSVersion() !== null) return undefined
  // Not among the runtime's types.
  const { fd } = socket as { fd?: unknown }
  // 0, which no socket has unless the process closed its standard input, is none for a seat.
  return Number.isInteger(fd) && (fd as number) > 0 && (fd as number) < SOCKETS_MAX
    ? (fd as number)
    : undefined
}

/**
 * Sends by the system's own call, without the runtime's socket in between, which takes half a microsecond of a delivery. Returns
 * how many bytes it took: 0 for any failure, which the runtime then meets itself. Only while the runtime has nothing to send, and
 * never after its `close`, which it calls before anything else runs: the number may be another socket's by then.
 */
export const sendNow = (fd: number, bytes: Uint8Array): number =>
  Math.max(0, send!(fd, bytes, bytes.length, FLAGS))
