import type { Transport } from './transport.ts'

/** What may have a backlog, and can be cut for it. */
export interface Backlogged {
  readonly transport: Transport
  cutSlow(): void
}

/**
 * Knows which connections have a backlog and since when. Every packet is full state or may be missed, so a slow socket
 * skips; one that did not empty its backlog for `slowMs` is cut.
 */
export class SlowWatch {
  readonly #slowMs: number
  readonly #sinceMs = new Map<Backlogged, number>()

  constructor({ slowMs }: { slowMs: number }) {
    this.#slowMs = slowMs
  }

  get size(): number {
    return this.#sinceMs.size
  }

  keys(): Iterable<Backlogged> {
    return this.#sinceMs.keys()
  }

  /** Looks at one connection's backlog. */
  look(connection: Backlogged, now: number): void {
    if (connection.transport.backlogBytes() === 0) {
      this.#sinceMs.delete(connection)
      return
    }
    const sinceMs = this.#sinceMs.get(connection)
    if (sinceMs === undefined) this.#sinceMs.set(connection, now)
    else if (now - sinceMs >= this.#slowMs) connection.cutSlow()
  }

  /** The backlog is gone, or the connection is. */
  forget(connection: Backlogged): void {
    this.#sinceMs.delete(connection)
  }
}
