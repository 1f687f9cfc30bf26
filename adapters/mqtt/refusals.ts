import type { Clock } from '../clock/clock.ts'
import { NewestMessages } from '../pubsub/newest-messages.ts'
import type { Message } from '../pubsub/pubsub.ts'

/** How often what was refused is published again. */
const AGAIN_MS = 5_000

interface RefusalsOptions {
  clock: Clock
  /** Topics of which a message is kept. A further one's is not. */
  topicsMax: number
  /** Publishes these again. */
  again: (messages: Message[]) => void
  /** Hears that the broker refuses something, and undefined once it has taken everything for a while. */
  onChange: (cause: Error | undefined) => void
}

/**
 * What a broker's rules refuse. Of what is retained the newest of each topic is kept and published again every few seconds:
 * the rules may change, and nobody else would say it again.
 */
export class Refusals {
  readonly #options: RefusalsOptions
  /** What was sent and refused. */
  readonly #refused: NewestMessages
  /** What was published after that, and not sent. */
  readonly #held: NewestMessages
  /** Whether something was refused since the others were published again. */
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

  /** Keeps a message whose topic is refused, in the place of the one before. @returns false: its topic is not, or nobody keeps it */
  hold(message: Message): boolean {
    return message.retain && this.#refused.has(message.topic) && this.#held.set(message)
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

  /** The broker took a message of this topic: an older one is outdated. */
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

  /** The connection is lost, and the next one may be to a broker with other rules. @returns what was kept: what was sent, and what is newer than all that was */
  end(): { sent: Message[]; newer: Message[] } {
    this.#cancel?.()
    this.#cancel = undefined
    return this.#take()
  }
}
