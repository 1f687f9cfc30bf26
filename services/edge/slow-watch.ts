import type { Transport } from './transport.ts'

/** A connection that may have a backlog, and can be cut for it. */
export interface Backlogged {
  readonly transport: Transport
  cutSlow(): void
}

/**
 * Tracks which sockets have a backlog and since when they read nothing. Every packet is full state or may be missed, so a slow
 * socket skips packets; one that read nothing for `slowMs` is cut. A thin line that keeps draining is not.
 */
export class SlowWatch {
  readonly #slowMs: number
  readonly #stillSinceMs = new Map<Backlogged, number>()

  constructor({ slowMs }: { slowMs: number }) {
    this.#slowMs = slowMs
  }

  get size(): number {
    return this.#stillSinceMs.size
  }

  keys(): Iterable<Backlogged> {
    return this.#stillSinceMs.keys()
  }

  /** Checks one socket's backlog. */
  look(socket: Backlogged, now: number): void {
    if (socket.transport.backlogBytes() === 0) {
      this.#stillSinceMs.delete(socket)
      return
    }
    const sinceMs = this.#stillSinceMs.get(socket)
    if (sinceMs === undefined) this.#stillSinceMs.set(socket, now)
    else if (now - sinceMs >= this.#slowMs) socket.cutSlow()
  }

  /** The socket has drained some of its backlog. */
  drained(socket: Backlogged, now: number): void {
    if (socket.transport.backlogBytes() === 0) this.#stillSinceMs.delete(socket)
    else if (this.#stillSinceMs.has(socket)) this.#stillSinceMs.set(socket, now)
  }

  /** The socket is closed. */
  forget(socket: Backlogged): void {
    this.#stillSinceMs.delete(socket)
  }
}
