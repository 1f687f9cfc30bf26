import type { Random } from '../../../load/random.ts'

/**
 * Decides who goes on: whoever comes to a turn waits there until it is picked, by chance that a seed gives. So one seed is
 * one interleaving, and the code between two turns is the real one.
 */
export class Scheduler {
  readonly #random: Random
  /** How much time goes by against what happens. */
  readonly #idleShare: number
  readonly #waiting: { name: string; go: () => void }[] = []
  readonly trace: string[] = []

  constructor(random: Random) {
    this.#random = random
    this.#idleShare = 0.05 + 4 * random()
  }

  turn(name: string): Promise<void> {
    return new Promise((go) => this.#waiting.push({ name, go }))
  }

  /** Picks until `work` is done; `idle` moves the time on where nobody waits, and now and then where somebody does. */
  async until(work: Promise<unknown>, idle: () => void): Promise<void> {
    let done = false
    const ended = work.finally(() => (done = true))
    for (let step = 0; !done; step++) {
      if (step > STEPS_MAX) throw new Error(`no end: ${this.trace.slice(-20).join(', ')}`)
      const pick = Math.floor(this.#random() * (this.#waiting.length + this.#idleShare))
      const [picked] = this.#waiting.splice(pick, 1)
      if (picked === undefined) idle()
      else {
        this.trace.push(picked.name)
        picked.go()
      }
      // What follows from it runs until all of it waits again.
      for (let i = 0; i < TURNS; i++) await new Promise((next) => setImmediate(next))
    }
    await ended
  }
}

const STEPS_MAX = 5_000
const TURNS = 2
