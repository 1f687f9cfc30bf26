import type { ClientCertificate } from '../http/tls.ts'
import type { TransportKind } from './counters.ts'
import type { Value } from './topics.ts'

/** What a session needs of a socket. WebSocket, TCP and event streams are three; a test's is a fourth. */
export interface Transport {
  readonly kind: TransportKind
  /** Where the peer is, as far as can be known; empty where it cannot. */
  readonly address: string
  /** The peer is on this machine, and nothing of ours stands between. */
  readonly local: boolean
  /** What the peer presented in the TLS handshake, where this port asks for a certificate. */
  readonly certificate?: ClientCertificate | undefined
  /** A token that came with the socket itself. */
  readonly token?: string | undefined
  /** Hands bytes to the socket. Returns false, and drops them, when more than the backlog limit waits already. */
  send(bytes: Uint8Array): boolean
  /** From now on so many bytes may wait. */
  widen(backlogBytesMax: number): void
  /** Bytes that wait above what the kernel has taken. */
  backlogBytes(): number
  /** Flushes as far as the peer reads, then closes. `code` and `reason` reach a WebSocket peer. */
  close(code: number, reason: string): void
  /** Present where the runtime itself hands one buffer to many sockets. */
  readonly native?: NativeChannels | undefined
}

export interface NativeChannels {
  subscribe(channel: string): void
  unsubscribe(channel: string): void
  isSubscribed(channel: string): boolean
}

/** One message in one dialect, for everybody who waits for its channel. */
export interface Broadcast {
  channel: string
  bytes: Uint8Array<ArrayBuffer>
  /** What this is the retained value of, where it is one: a newer one may take its place while it waits. */
  retained: Value | undefined
}

/** A way to hand one buffer to everybody who waits for a channel. */
export interface FanOut {
  hears(channel: string): boolean
  publish(broadcast: Broadcast): void
}
