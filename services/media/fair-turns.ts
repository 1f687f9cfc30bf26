/** A piece of work that waits for its turn. */
interface Waiting {
  account: string
  begin(): void
}

/** Too much work waits already, in total or of this account. */
export class TooManyWait extends Error {}

/**
 * Runs a bounded number of jobs at once, never two of one account: a slow job delays only its own account while there is room for
 * two.
 */
export class FairTurns {
  readonly #atOnce: number
  readonly #waitingMax: number
  readonly #ofOneMax: number
  /** Oldest first. */
  readonly #waiting: Waiting[] = []
  readonly #underWay = new Set<string>()

  /**
   * @param options.atOnce Concurrent jobs. @param options.waitingMax Waiting jobs; one more is refused.
   * @param options.ofOneMax Waiting jobs of one account.
   */
  constructor({ atOnce, waitingMax, ofOneMax }: { atOnce: number; waitingMax: number; ofOneMax: number }) {
    this.#atOnce = atOnce
    this.#waitingMax = waitingMax
    this.#ofOneMax = ofOneMax
  }

  /** Runs the work at the account's turn. @throws TooManyWait, and what the work throws */
  async take<T>(account: string, work: () => Promise<T>): Promise<T> {
    if (!this.#mayBegin(account)) await this.#turn(account)
    else this.#underWay.add(account)
    try {
      return await work()
    } finally {
      this.#underWay.delete(account)
      this.#next()
    }
  }

  #mayBegin(account: string): boolean {
    return this.#underWay.size < this.#atOnce && !this.#underWay.has(account)
  }

  #turn(account: string): Promise<void> {
    const own = this.#waiting.filter((each) => each.account === account).length
    if (this.#waiting.length >= this.#waitingMax || own >= this.#ofOneMax) throw new TooManyWait()
    return new Promise((begin) => this.#waiting.push({ account, begin }))
  }

  /** Starts the oldest job whose account has none running; it counts as running from here on. */
  #next(): void {
    const at = this.#waiting.findIndex(({ account }) => this.#mayBegin(account))
    if (at === -1) return
    const [first] = this.#waiting.splice(at, 1)
    this.#underWay.add(first!.account)
    first!.begin()
  }
}
