import type { Form } from './dialects.ts'
import type { Topic, Value } from './topics.ts'

/** Bytes of retained values sent at once; the next ones follow when the socket has drained. */
const PIECE_BYTES = 16 * 1024

/**
 * The retained values to send to one session: those requested by a SUBSCRIBE, and those missed while its socket was full. Each
 * topic is listed once, and its value at the time of sending is sent. So nobody is sent more than there is room for, and nobody
 * misses the newest value. Bounded by the number of topics.
 */
export class Owed {
  readonly #forms = new Map<Topic, Form>()
  /** Sent once nothing else waits. */
  #last: { topic: Topic; form: Form } | undefined

  get size(): number {
    return this.#forms.size + (this.#last ? 1 : 0)
  }

  /** A topic that is listed already keeps its place and its form. */
  add(topic: Topic, form: Form): void {
    if (!this.#forms.has(topic)) this.#forms.set(topic, form)
  }

  /** Adds a value to be sent after all others, also those added later. */
  addLast(topic: Topic, form: Form): void {
    this.#last = { topic, form }
  }

  /** The newest value of a topic was sent otherwise: it need not be sent again. */
  sent({ topic, form }: Value): void {
    if (this.#forms.get(topic) === form) this.#forms.delete(topic)
  }

  /** Removes and returns the next values, some kilobytes together. @param options.packetBytesMax Longer ones are skipped. */
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
