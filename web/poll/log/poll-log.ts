import { type Heads, heads } from '../../../sdk/src/heads/index.ts'
import type { PollPacket } from '../../../sdk/src/index.ts'
import type { Receipt } from '../../../sdk/src/votes/index.ts'
import type { Words } from '../../words/words.ts'
import { type LogWords, logWords } from './log-words.ts'

/** Everybody hears of a seal in the same moment, so each asks for the certificate within this time, at random. */
const SEALED_MS_MAX = 10_000

/** What this page knows of the polls' logs of ballots. A script of its own: it comes with the first head. */
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

  /** Once for each sealed poll that is shown: who has seen its log. */
  sealed(poll: string): void {
    if (this.#looked.has(poll)) return
    this.#looked.add(poll)
    setTimeout(() => {
      // Without an answer the next time that it is drawn is another try.
      this.check(poll).catch(() => this.#looked.delete(poll))
    }, Math.random() * SEALED_MS_MAX)
  }

  /** Rejects where there is no answer. */
  async check(poll: string, receipt?: Receipt): Promise<void> {
    await this.#heads.check(poll, receipt)
    this.#onChange()
  }

  close(): void {
    this.#heads.close()
  }
}
