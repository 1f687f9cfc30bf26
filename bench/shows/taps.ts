import { HttpConnection } from '../../load/http-connection.ts'
import type { Target } from '../../load/target.ts'

const CONNECTIONS = 16
const TURN_MS = 10
/** Taps of one request, and what they are of. */
export const BURST = 20
const BODY = JSON.stringify({ stickers: { heart: BURST } })

/** Sends bursts at a steady rate, to one show after the other, and remembers what each was accepted. */
export class Taps {
  readonly accepted = new Map<string, number>()
  refused = 0
  readonly #waiting: string[] = []
  readonly #free: HttpConnection[] = []
  readonly #all: HttpConnection[]
  readonly #under = new Map<HttpConnection, string>()
  readonly #host: string

  /** Why a connection ended. */
  #fault: string | undefined

  constructor(target: Target) {
    this.#host = target.host
    this.#all = Array.from(
      { length: CONNECTIONS },
      () =>
        new HttpConnection(target, {
          onOpen: (connection) => this.#next(connection),
          onAnswer: (connection, { status }) => {
            const show = this.#under.get(connection)!
            if (status === 202) this.accepted.set(show, (this.accepted.get(show) ?? 0) + BURST)
            else this.refused++
            this.#under.delete(connection)
            this.#next(connection)
          },
          onClose: (_, fault) => {
            this.#fault ??= fault
          },
        }),
    )
  }

  /** Resolves when all that was due in this time was answered. */
  async send(shows: readonly string[], { perSecond, seconds }: { perSecond: number; seconds: number }) {
    const from = performance.now()
    const all = Math.round((perSecond * seconds) / BURST)
    for (let sent = 0; sent < all; ) {
      const elapsedS = (performance.now() - from) / 1000
      for (const due = Math.min(all, (elapsedS * perSecond) / BURST); sent < due; sent++)
        this.#burst(shows[sent % shows.length]!)
      await Bun.sleep(TURN_MS)
    }
    while (this.#under.size > 0 || this.#waiting.length > 0) {
      if (this.#fault !== undefined) throw new Error(`a sender was cut: ${this.#fault}`)
      await Bun.sleep(TURN_MS)
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close()
  }

  #burst(show: string): void {
    this.#waiting.push(show)
    const connection = this.#free.pop()
    if (connection) this.#next(connection)
  }

  #next(connection: HttpConnection): void {
    const show = this.#waiting.shift()
    if (show === undefined) {
      this.#free.push(connection)
      return
    }
    this.#under.set(connection, show)
    connection.send(
      `POST /v1/shows/${show}/reactions HTTP/1.1\r\nHost: ${this.#host}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    )
  }
}
