import type { Clock } from '../clock/clock.ts'
import { NewestMessages } from '../pubsub/newest-messages.ts'
import type { Message } from '../pubsub/pubsub.ts'

/** How often refused messages are published again. */
const AGAIN_MS = 5_000

interface RefusalsOptions {
  clock: Clock
  /** Topics of which a message is kept. Those of further topics are dropped. */
  topicsMax: number
  /** Publishes these messages again. */
  again: (messages: Message[]) => void
  /** Called when the broker refuses something, and with undefined once it has accepted everything for a while. */
  onChange: (cause: Error | undefined) => void
}

/**
 * Messages that a broker's rules refuse. The newest retained one of each topic is kept and published again every few seconds: the
 * rules may change, and nobody else would publish it again.
 */
export class Refusals {
  readonly #options: RefusalsOptions
  /** Sent and refused. */
  readonly #refused: NewestMessages
  /** Published after that, and not sent. */
  readonly #held: NewestMessages
  /** Whether something was refused since the last retry. */
  #isFresh = false
  #cancel: (() => void) | undefined

  constructor(options: RefusalsOptions) {
    this.#options = options
    this.#refused = new NewestMessages(options.topicsMax)
    this.#held = new NewestMessages(options.topicsMax)
  }

  get size(): number {
    return this.#refused.size
  }

  /**
   * Keeps a message whose topic is refused, replacing an earlier one. @returns false if its topic is not refused, or it is not
   * kept
   */
  hold(message: Message): boolean {
    if (!message.retain || !this.#refused.has(message.topic)) return false
    if (this.#held.set(message)) return true
    // The new message is sent, so the held one is outdated.
    this.#held.delete(message.topic)
    return false
  }

  /** @returns whether the message is kept */
  add(message: Message, cause: Error): boolean {
    const { clock, onChange } = this.#options
    this.#isFresh = true
    if (this.#cancel === undefined) {
      this.#cancel = clock.after(AGAIN_MS, this.#look)
      onChange(cause)
    }
    return message.retain && this.#refused.set(message)
  }

  /** The broker accepted a message of this topic: an older one is outdated. */
  taken(topic: string): void {
    if (!this.#held.has(topic)) this.#refused.delete(topic)
  }

  #look = (): void => {
    const { clock, again, onChange } = this.#options
    if (!this.#isFresh) {
      this.#cancel = undefined
      onChange(undefined)
      return
    }
    this.#isFresh = false
    this.#cancel = clock.after(AGAIN_MS, this.#look)
    const { sent, newer } = this.#take()
    again([...sent, ...newer])
  }

  #take(): { sent: Message[]; newer: Message[] } {
    return { sent: this.#refused.take(), newer: this.#held.take() }
  }

  /**
   * The connection is lost; the next one may be to a broker with other rules. @returns what was kept: the messages sent, and
   * newer ones
   */
  end(): { sent: Message[]; newer: Message[] } {
    this.#cancel?.()
    this.#cancel = undefined
    return this.#take()
  }
}
