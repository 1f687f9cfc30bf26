/** Somebody whose work can wait. */
export interface Waiter {
  /**
   * Does the next piece of it, of a millisecond or two at most, and adds itself again if there is more. Returns how many
   * milliseconds of the loop it will take, about, beyond those that it took.
   */
  step(): number
  /** A step of it threw, which must not happen. Ends what it does, and nobody else's work. */
  fail(cause: Error): void
}

/** How long such work takes at once. */
const WORK_MS = 2
/**
 * How long everything else has the event loop then, as a multiple of that. There are two such shares, of MQTT and of HTTP: together
 * they take less than a tenth, so that nobody else waits longer by more than that.
 */
const REST_SHARE = 20
/** It rests no longer at once: where a machine has other work, what took long was mostly not done here. */
const REST_MS_MAX = 100

/**
 * A share of the event loop for what comes faster than anybody needs it: requests behind one that was not answered yet, small
 * packets by the thousand. Together it gets a twenty-first of the loop, in turns of some milliseconds, so that it delays nobody else,
 * however many send it. Within it one step of each follows another, in the order of their arrival. Bounded by those who wait:
 * each is in it once, and reads no more of its socket meanwhile.
 */
export class LoopShare {
  readonly #waiting = new Set<Waiter>()
  readonly #now: () => number
  readonly #after: (ms: number, work: () => void) => void
  #restsUntilMs = Number.NEGATIVE_INFINITY
  #isDue = false
  #isRushed = false

  /** @param options.now Milliseconds of a clock that nobody sets. @param options.after Calls back after that time. */
  constructor({
    now = () => performance.now(),
    after = (ms, work) => void setTimeout(work, ms),
  }: { now?: () => number; after?: (ms: number, work: () => void) => void } = {}) {
    this.#now = now
    this.#after = after
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Its next step follows those of all who wait already. */
  add(waiter: Waiter): void {
    this.#waiting.add(waiter)
    this.#schedule()
  }

  /** From now on it does not rest: the process stops, and has nobody else to serve. */
  rush(): void {
    this.#isRushed = true
    this.#restsUntilMs = Number.NEGATIVE_INFINITY
    // Beside the one that is due after a rest.
    this.#isDue = false
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isDue || this.#waiting.size === 0) return
    this.#isDue = true
    this.#after(Math.max(0, this.#restsUntilMs - this.#now()), () => {
      try {
        this.#work()
      } finally {
        this.#isDue = false
        this.#schedule()
      }
    })
  }

  #work(): void {
    const startedMs = this.#now()
    let [tookMs, laterMs] = [0, 0]
    // Who adds itself again is visited again, behind the others.
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter)
      laterMs += stepOf(waiter)
      tookMs = this.#now() - startedMs + laterMs
      if (tookMs >= WORK_MS) break
    }
    if (!this.#isRushed) this.#restsUntilMs = startedMs + tookMs + Math.min(tookMs * REST_SHARE, REST_MS_MAX)
  }
}

/** Takes its next step. There is no handler of its socket around it that would end it alone. */
function stepOf(waiter: Waiter): number {
  try {
    return waiter.step()
  } catch (cause) {
    waiter.fail(cause as Error)
    return 0
  }
}
