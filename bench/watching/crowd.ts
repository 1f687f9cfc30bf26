import { resolveTarget } from '../../load/target.ts'
import { moodTopic } from '../../protocol/topics.ts'
import { Listeners, type Listening } from '../listeners.ts'
import { type Edge, SHOW, SIDES } from './tree.ts'

/** Connecting at the same moment. */
const AT_ONCE = 50
/** Whoever loses the connection is back within this time, at random, as with the SDK. */
const BACK_MS = 5_000

/** Viewers of some edges, half on either side: how many are there at each moment is known exactly. */
export class Crowd {
  readonly #listeners: { edge: Edge; all: Listeners }[]
  readonly #there = new Map<Listening, (typeof SIDES)[number]>()
  #joined = 0
  #closing = false

  private constructor(listeners: { edge: Edge; all: Listeners }[]) {
    this.#listeners = listeners
  }

  static async at(edges: readonly Edge[]): Promise<Crowd> {
    const targets = edges.map((edge) => resolveTarget(`ws://127.0.0.1:${edge.port}/mqtt`))
    const all = (await Promise.all(targets)).map((target) => new Listeners(target))
    return new Crowd(edges.map((edge, at) => ({ edge, all: all[at]! })))
  }

  get size(): number {
    return this.#there.size
  }

  /** Viewers of the first side. */
  get home(): number {
    return this.#there.values().reduce((sum, side) => sum + (side === SIDES[0] ? 1 : 0), 0)
  }

  async come(viewers: number): Promise<void> {
    for (let left = viewers; left > 0; left -= AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => this.#join()))
  }

  /** Those who have been there the longest. */
  go(viewers: number): void {
    for (const one of this.#there.keys().take(viewers)) {
      this.#there.delete(one)
      one.close()
    }
  }

  /** No viewer comes to this edge any more. */
  leaveOut(edge: Edge): void {
    const at = this.#listeners.findIndex((one) => one.edge === edge)
    this.#listeners.splice(at, 1)
  }

  /** Tries edge after edge until one takes it. */
  async #join(): Promise<void> {
    while (!this.#closing) {
      const number = this.#joined++
      const side = SIDES[number % SIDES.length]!
      const { all } = this.#listeners[number % this.#listeners.length]!
      try {
        const one = await all.open(moodTopic(SHOW, side), () => {})
        this.#there.set(one, side)
        void one.ended.then(() => this.#back(one))
        return
      } catch {
        await Bun.sleep(Math.random() * BACK_MS)
      }
    }
  }

  /** One whose connection is gone is back, unless it went itself. */
  async #back(one: Listening): Promise<void> {
    if (!this.#there.delete(one)) return
    await Bun.sleep(Math.random() * BACK_MS)
    await this.#join()
  }

  close(): void {
    this.#closing = true
    for (const { all } of this.#listeners) all.close()
  }
}
