import type { TransportKind } from './counters.ts'

/** What a connection needs of a socket. WebSocket and TCP are two; a test's is a third. */
export interface Transport {
  readonly kind: TransportKind
  /** The peer is on this machine, and nothing of ours stands between. */
  readonly local: boolean
  /** Sends an answer. Returns false when the socket takes no more: the connection can't go on without it. */
  send(bytes: Uint8Array): boolean
  /** Sends a broadcast, or skips it and returns false when more than the backlog limit waits already. */
  offer(bytes: Uint8Array): boolean
  /** From now on so many bytes may wait. Absent where the limit can't be moved. */
  widen?(backlogBytesMax: number): void
  /** Bytes that wait above what the kernel has taken. */
  backlogBytes(): number
  /** Flushes as far as the peer reads, then closes. `code` and `reason` reach a WebSocket peer. */
  close(code: number, reason: string): void
  /** Present where the runtime itself hands one buffer to many sockets. */
  readonly native?: {
    subscribe(channel: string): void
    unsubscribe(channel: string): void
    isSubscribed(channel: string): boolean
  }
}

/** A way to hand one buffer to everybody who waits for a channel. */
export interface FanOut {
  hears(channel: string): boolean
  publish(channel: string, bytes: Uint8Array<ArrayBuffer>): void
}
