import type { Outcome } from '../burst-sender.ts'
import { clockMs } from '../clock.ts'
import { codeOf } from '../tally.ts'
import type { Target } from '../target.ts'
import { VoteSender } from '../votes-sender.ts'

const CONNECTIONS = 64
/** After this time a generated viewer without an answer stops retrying; the request may or may not have been processed. */
const GIVE_UP_MS = 30_000
const RETRY_MS = 200

/** Outcomes of what was sent, of one kind: votes or posts. */
export interface Fate {
  sent: number
  accepted: number
  /** Counted by error code. */
  refused: Record<string, number>
  unanswered: number
}

export const noFate = (): Fate => ({ sent: 0, accepted: 0, refused: {}, unanswered: 0 })

/** Sends what viewers send one by one, and retries as their outbox does: the same request until there is an answer. */
export class Requests {
  readonly #sender: VoteSender
  readonly #host: string
  #closed = false

  constructor(target: Target) {
    this.#sender = new VoteSender({ target, connectionsMax: CONNECTIONS, clock: clockMs })
    this.#host = target.host
  }

  /** Resolves to whether it was accepted; no retries once this is closed. */
  async post(
    path: string,
    { token, body, fate }: { token: string; body: object; fate: Fate },
  ): Promise<boolean> {
    fate.sent++
    const bytes = Buffer.from(JSON.stringify(body))
    const head = [
      ...[`POST ${path} HTTP/1.1`, `Host: ${this.#host}`, 'Content-Type: application/json'],
      ...[`Authorization: Bearer ${token}`, `Content-Length: ${bytes.length}`],
    ].join('\r\n')
    const request = `${head}\r\n\r\n${bytes.toString('latin1')}`
    for (
      const giveUpMs = clockMs() + GIVE_UP_MS;
      !this.#closed && clockMs() < giveUpMs;
      await Bun.sleep(RETRY_MS)
    ) {
      const outcome = await new Promise<Outcome>((done) => this.#sender.send({ request, done }))
      if (outcome.kind !== 'answered') continue
      const { status, body: answer } = outcome.answer
      if (status < 300) {
        fate.accepted++
        return true
      }
      if (status === 429 || status >= 500) continue
      const code = codeOf(status, answer)
      fate.refused[code] = (fate.refused[code] ?? 0) + 1
      return false
    }
    fate.unanswered++
    return false
  }

  /** Requests still in flight count as unanswered. */
  close(): void {
    this.#closed = true
    this.#sender.close()
  }
}
