import { HttpConnection } from '../load/http-connection.ts'
import type { Target } from '../load/target.ts'

/** One request: its text, and who receives the status of its answer. */
interface Sending {
  text: string
  answered?: ((status: number) => void) | undefined
}

/** Requests over kept-alive connections, one at a time on each; further ones wait, without a bound. */
export class Senders {
  /** Refusals by status. */
  readonly refused = new Map<number, number>()
  readonly #all: HttpConnection[]
  readonly #free: HttpConnection[] = []
  readonly #waiting: Sending[] = []
  readonly #underWay = new Map<HttpConnection, Sending>()
  readonly #host: string
  /** Why the first connection ended. */
  #fault: string | undefined

  constructor(target: Target, { connections }: { connections: number }) {
    this.#host = target.host
    this.#all = Array.from(
      { length: connections },
      () =>
        new HttpConnection(target, {
          onOpen: (connection) => this.#next(connection),
          onAnswer: (connection, { status }) => {
            if (status >= 300) this.refused.set(status, (this.refused.get(status) ?? 0) + 1)
            this.#underWay.get(connection)!.answered?.(status)
            this.#underWay.delete(connection)
            this.#next(connection)
          },
          onClose: (_, fault) => {
            this.#fault ??= fault
          },
        }),
    )
  }

  /** Posts ASCII JSON. */
  post(
    path: string,
    json: string,
    { token, answered }: { token?: string } & Pick<Sending, 'answered'>,
  ): void {
    const bearer = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
    const head = `POST ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${bearer}Content-Length: ${json.length}\r\n\r\n`
    this.#waiting.push({ text: head + json, answered })
    const connection = this.#free.pop()
    if (connection) this.#next(connection)
  }

  /** Settles once everything is answered. @throws when a connection has ended */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0 || this.#waiting.length > 0) {
      if (this.#fault !== undefined) throw new Error(`a sender was cut: ${this.#fault}`)
      await Bun.sleep(10)
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close()
  }

  #next(connection: HttpConnection): void {
    const sending = this.#waiting.shift()
    if (sending === undefined) {
      this.#free.push(connection)
      return
    }
    this.#underWay.set(connection, sending)
    connection.send(sending.text)
  }
}
