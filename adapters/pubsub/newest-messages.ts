import { messageBytes } from './message-bytes.ts'
import type { Message } from './pubsub.ts'

/**
 * Bound on the average size of a topic's message. With the bound of topics it bounds the memory, too: one message may have 64
 * KiB.
 */
const MEAN_BYTES_MAX = 4 * 1024

/** How many bytes the newest messages of this many topics may take together. One message always fits. */
export const newestBytesMax = (topicsMax: number): number => Math.max(topicsMax, 16) * MEAN_BYTES_MAX

/** The newest message of each topic, bounded in topics and bytes. */
export class NewestMessages {
  readonly #topicsMax: number
  readonly #bytesMax: number
  readonly #messages = new Map<string, Message>()
  #bytes = 0

  /** @param topicsMax At this bound, or at the bound of bytes, a message is refused. */
  constructor(topicsMax: number) {
    this.#topicsMax = topicsMax
    this.#bytesMax = newestBytesMax(topicsMax)
  }

  get size(): number {
    return this.#messages.size
  }

  get(topic: string): Message | undefined {
    return this.#messages.get(topic)
  }

  has(topic: string): boolean {
    return this.#messages.has(topic)
  }

  /** Replaces the topic's message. At a bound returns false and keeps the earlier one. */
  set(message: Message): boolean {
    const before = this.#messages.get(message.topic)
    if (before === undefined && this.#messages.size >= this.#topicsMax) return false
    const bytes = this.#bytes + messageBytes(message) - (before === undefined ? 0 : messageBytes(before))
    if (bytes > this.#bytesMax) return false
    this.#bytes = bytes
    this.#messages.set(message.topic, message)
    return true
  }

  delete(topic: string): void {
    const message = this.#messages.get(topic)
    if (message === undefined) return
    this.#bytes -= messageBytes(message)
    this.#messages.delete(topic)
  }

  values(): IterableIterator<Message> {
    return this.#messages.values()
  }

  /** Removes and returns all of them, oldest topic first. */
  take(): Message[] {
    const all = [...this.#messages.values()]
    this.#messages.clear()
    this.#bytes = 0
    return all
  }
}
