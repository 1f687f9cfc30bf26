import type { Form } from './dialects.ts'
import type { Topic, Value } from './topics.ts'

/** Bytes of retained values that are handed to a socket at once; the next ones follow when it has taken them. */
const PIECE_BYTES = 16 * 1024

/**
 * The retained values that one session is to get: those that a SUBSCRIBE asked for, and those that it missed while its
 * socket was full. Each topic stands here once, and what goes out is its value at that moment. So nobody is sent more than
 * there is room for, and nobody misses what is newest. Bounded by the topics there are.
 */
export class Owed {
  readonly #forms = new Map<Topic, Form>()
  /** What follows once nothing else waits. */
  #last: { topic: Topic; form: Form } | undefined

  get size(): number {
    return this.#forms.size + (this.#last ? 1 : 0)
  }

  /** A topic that waits already keeps its place and its form. */
  add(topic: Topic, form: Form): void {
    if (!this.#forms.has(topic)) this.#forms.set(topic, form)
  }

  /** The value that comes after all others, also after those that are added until then. */
  addLast(topic: Topic, form: Form): void {
    this.#last = { topic, form }
  }

  /** The newest value of a topic went out by another way: who is sent it is not sent the same again. */
  sent({ topic, form }: Value): void {
    if (this.#forms.get(topic) === form) this.#forms.delete(topic)
  }

  /** Takes out the next values, some kilobytes together. @param options.packetBytesMax What is longer is left out. */
  take({ packetBytesMax, now }: { packetBytesMax: number; now: number }): {
    packets: Uint8Array[]
    leftOut: number
  } {
    if (this.#forms.size === 0 && this.#last) {
      this.#forms.set(this.#last.topic, this.#last.form)
      this.#last = undefined
    }
    const packets: Uint8Array[] = []
    let [bytes, leftOut] = [0, 0]
    for (const [topic, form] of this.#forms) {
      const packet = topic.bytes(form, now)
      if (packet !== undefined && bytes > 0 && bytes + packet.length > PIECE_BYTES) break
      this.#forms.delete(topic)
      if (packet === undefined) continue
      if (packet.length > packetBytesMax) {
        leftOut++
        continue
      }
      packets.push(packet)
      bytes += packet.length
    }
    return { packets, leftOut }
  }
}
