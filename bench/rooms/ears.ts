import type { Histogram } from '../../load/histogram.ts'
import type { Target } from '../../load/target.ts'
import type { RoomPacket } from '../../protocol/packets.ts'
import { roomTopic } from '../../protocol/topics.ts'
import { Listeners } from '../listeners.ts'

const text = new TextDecoder()

/** A post's text: its number in its room, and when it was sent. */
export const postText = (number: number, nowMs: number): string => `${number} ${nowMs}`

/** Members subscribed to their rooms, and whether they received every post, once and in order. */
export class Ears {
  heard = 0
  /** Posts received after a later one, repeated, or out of order. */
  wrong = 0
  readonly #show: string
  readonly #latencies: Histogram
  readonly #listeners: Listeners

  constructor(options: { target: Target; show: string; latencies: Histogram }) {
    this.#show = options.show
    this.#latencies = options.latencies
    this.#listeners = new Listeners(options.target)
  }

  /** Members whose connection the server ended. */
  get lost(): number {
    return this.#listeners.lost
  }

  /** Connects one, and settles once it is subscribed. Rejects when it is refused. */
  async open(channel: string): Promise<void> {
    const ear = { newest: 0 }
    await this.#listeners.open(roomTopic(this.#show, channel), (payload) =>
      this.#hear(ear, JSON.parse(text.decode(payload))),
    )
  }

  /** @param ear The number of the newest post that this member received. */
  #hear(ear: { newest: number }, { posts }: RoomPacket): void {
    for (const { text = '' } of posts) {
      const [number = 0, sentMs = 0] = text.split(' ').map(Number)
      if (number !== ear.newest + 1) this.wrong++
      ear.newest = number
      this.heard++
      this.#latencies.add(Date.now() - sentMs)
    }
  }

  close(): void {
    this.#listeners.close()
  }
}
