import type { ClientCertificate } from '../http/tls.ts'
import type { TransportKind } from './counters.ts'
import type { Value } from './topics.ts'

/** What a session needs from a socket. Implemented by WebSocket, TCP and event streams; tests add a fourth. */
export interface Transport {
  readonly kind: TransportKind
  /** The peer's address, if it can be known; else empty. */
  readonly address: string
  /** Whether the peer is on this machine, with nothing of ours in between. */
  readonly local: boolean
  /** Files of this process that it takes. Default 1. */
  readonly files?: number
  /** The peer's certificate in the TLS handshake, if this port asks for one. */
  readonly certificate?: ClientCertificate | undefined
  /** A token that came with the upgrade request. */
  readonly token?: string | undefined
  /** The number by which `sendNow` reaches it while `directTo` allows it. Absent or 0: none. */
  readonly fd?: number
  /**
   * Sends bytes. Returns false, and drops them, if the backlog exceeds its limit.
   * @param taken How much of them, as they are on the wire, `sendNow` has sent. Default 0.
   */
  send(bytes: Uint8Array, taken?: number): boolean
  /** Sends what `work` sends in as few pieces as possible: each takes the kernel some ten microseconds. See `together`. */
  cork?(work: () => void): void
  /** Sets a larger limit of the backlog. */
  widen(backlogBytesMax: number): void
  /** Bytes waiting beyond the kernel's buffer. */
  backlogBytes(): number
  /** Flushes while the peer reads, then closes. `code` and `reason` reach a WebSocket peer. */
  close(code: number, reason: string): void
  /** Present if the runtime itself can send one buffer to many sockets. */
  readonly native?: NativeChannels | undefined
}

/** What `work` sends goes out in as few pieces as the transport can make of it. */
export function together(transport: Transport, work: () => void): void {
  if (transport.cork) transport.cork(work)
  else work()
}

export interface NativeChannels {
  subscribe(channel: string): void
  unsubscribe(channel: string): void
  isSubscribed(channel: string): boolean
}

/** One message in one dialect, for all subscribers of its channel. */
export interface Broadcast {
  channel: string
  bytes: Uint8Array<ArrayBuffer>
  /** The retained value that this is, if any: a newer one may replace it while it waits. */
  retained: Value | undefined
}

/** A way to send one buffer to all subscribers of a channel. */
export interface FanOut {
  hears(channel: string): boolean
  publish(broadcast: Broadcast): void
}
