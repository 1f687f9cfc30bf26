import { SmallMap } from '../../engine/small-map.ts'
import type { EdgeContext } from './context.ts'
import type { Dialect, Form } from './dialects.ts'
import type { Listener } from './loop-fan-out.ts'
import { Owed } from './owed.ts'
import type { Seats } from './seats.ts'
import type { Backlogged } from './slow-watch.ts'
import { channelOf, type Topic } from './topics.ts'
import type { Broadcast, Transport } from './transport.ts'

/** Output to one session: broadcasts, one at a time, and the retained values that it is owed. */
export class Outflow implements Listener {
  /** The largest packet that the peer accepts, known before it subscribes; `Infinity` if it did not say. */
  packetBytesMax = Number.POSITIVE_INFINITY
  readonly seats = new SmallMap<Seats<Listener>, number>()
  readonly #context: EdgeContext
  readonly #socket: Backlogged
  /** The socket itself: the path of a broadcast is as short as possible. */
  readonly #transport: Transport
  #owed: Owed | undefined

  constructor(context: EdgeContext, socket: Backlogged) {
    this.#context = context
    this.#socket = socket
    this.#transport = socket.transport
  }

  /** None for a peer that does not accept every packet: each must be looked at. */
  get fd(): number {
    return this.packetBytesMax === Number.POSITIVE_INFINITY ? (this.#transport.fd ?? 0) : 0
  }

  /** A broadcast that the runtime does not distribute itself. */
  deliver({ bytes, retained }: Broadcast, taken: number): boolean {
    if (bytes.length > this.packetBytesMax) return false
    if (this.#transport.send(bytes, taken)) {
      if (retained) this.#owed?.sent(retained)
      return true
    }
    if (retained) this.#owe(retained.topic, retained.form)
    this.#context.slow.look(this.#socket, this.#context.passedMs())
    return false
  }

  /** Sends the values of topics, as fast as the socket drains. @param last A value to send after all of them. */
  owe(topics: Iterable<Topic>, form: Form, last?: Topic): void {
    const now = this.#context.now()
    for (const topic of topics) if (topic.valueAt(now) !== undefined) this.#owe(topic, form)
    if (last) {
      this.#owed ??= new Owed()
      this.#owed.addLast(last, form)
    }
    this.#flow()
  }

  #owe(topic: Topic, form: Form): void {
    this.#owed ??= new Owed()
    this.#owed.add(topic, form)
  }

  /** The socket has drained some of its backlog. @param dialects Those in which the peer may have missed native broadcasts. */
  drained(dialects: readonly Dialect[]): void {
    const { slow, missed, passedMs } = this.#context
    for (const topic of missed) {
      for (const form of dialects) {
        if (this.#transport.native?.isSubscribed(channelOf(form, topic.name))) this.#owe(topic, form)
      }
    }
    slow.drained(this.#socket, passedMs())
    this.#flow()
  }

  #flow(): void {
    const { counters, slow, now, passedMs } = this.#context
    while (this.#owed && this.#transport.backlogBytes() === 0) {
      const { packets, leftOut } = this.#owed.take({ packetBytesMax: this.packetBytesMax, now: now() })
      if (this.#owed.size === 0) this.#owed = undefined
      counters.skipped += leftOut
      if (packets.length === 0) continue
      const bytes = packets.length === 1 ? packets[0]! : Buffer.concat(packets)
      counters.bytesOut += bytes.length
      // Nothing was waiting, so the socket accepts it, unless it is closed and about to report that.
      if (!this.#transport.send(bytes)) return
    }
    if (this.#owed) slow.look(this.#socket, passedMs())
  }
}
