import type { Clock } from '../../adapters/clock/clock.ts'
import { TOPIC_ROOT } from '../../protocol/topics.ts'

const INTERVAL_FIRST_MS = 250
const INTERVAL_MAX_MS = 10_000

/** Cannot be a show's id, so no viewer can subscribe to it, and every bridge and edge passes it on like a show's. */
const PROBE_ROOT = `${TOPIC_ROOT}/$bridge`

/** Whether a message is a bridge's probe for loops. */
export const isProbe = (topic: string): boolean => topic.startsWith(`${PROBE_ROOT}/`)

/**
 * Detects whether a bridge's own messages come back to it. A mark on messages would be lost in brokers and edges of other
 * versions; a message on a topic of its own follows the packets' path through any number of them. Published when a side comes up,
 * then at intervals that grow from 0.25 to 10 s, because a loop may be closed elsewhere later.
 */
export class LoopProbe {
  readonly topic: string
  readonly #clock: Clock
  readonly #say: () => void
  #running = false
  #cancel = () => {}

  constructor({ id, clock, say }: { id: string; clock: Clock; say: () => void }) {
    this.topic = `${PROBE_ROOT}/${id}`
    this.#clock = clock
    this.#say = say
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#repeat(INTERVAL_FIRST_MS)
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  #repeat(intervalMs: number): void {
    this.#say()
    this.#cancel = this.#clock.after(intervalMs, () =>
      this.#repeat(Math.min(INTERVAL_MAX_MS, 2 * intervalMs)),
    )
  }
}
