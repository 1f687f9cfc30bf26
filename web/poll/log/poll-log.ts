import { type Heads, heads } from '../../../sdk/src/heads/index.ts'
import type { PollPacket } from '../../../sdk/src/index.ts'
import type { Receipt } from '../../../sdk/src/votes/index.ts'
import type { Words } from '../../words/words.ts'
import { type LogWords, logWords } from './log-words.ts'

/** All pages learn of a seal at once, so each requests the certificate at a random moment within this time. */
const SEALED_MS_MAX = 10_000

/** What this page knows of the polls' logs of ballots. A separate script, loaded with the first head. */
export class PollLog {
  readonly #heads: Heads
  readonly #words: Words
  readonly #onChange: () => void
  readonly #looked = new Set<string>()

  constructor(address: { url: string; show: string }, words: Words, onChange: () => void) {
    this.#words = words
    this.#heads = heads(address)
    this.#onChange = onChange
    this.#heads.on(onChange)
  }

  packet(packet: PollPacket): void {
    this.#heads.packet(packet)
  }

  words(poll: string): LogWords {
    return logWords(this.#heads.of(poll), this.#words)
  }

  /** Once per sealed poll shown: finds out who has witnessed its log. */
  sealed(poll: string): void {
    if (this.#looked.has(poll)) return
    this.#looked.add(poll)
    setTimeout(() => {
      // If that fails, the next render retries.
      this.check(poll).catch(() => this.#looked.delete(poll))
    }, Math.random() * SEALED_MS_MAX)
  }

  /** Rejects if there is no answer. */
  async check(poll: string, receipt?: Receipt): Promise<void> {
    await this.#heads.check(poll, receipt)
    this.#onChange()
  }

  close(): void {
    this.#heads.close()
  }
}
