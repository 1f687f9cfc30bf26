/** Work that waits for its turn. */
interface Waiting {
  account: string
  begin(): void
}

/** Says that work cannot wait here: too much does, of everybody or of this account. */
export class TooManyWait extends Error {}

/**
 * Work of several accounts, so much at once and never two of one account: what one of them brings, however long it takes, is
 * waited for by that account alone while there is room for two.
 */
export class FairTurns {
  readonly #atOnce: number
  readonly #waitingMax: number
  readonly #ofOneMax: number
  /** Oldest first. */
  readonly #waiting: Waiting[] = []
  readonly #underWay = new Set<string>()

  /**
   * @param options.atOnce Pieces of work under way. @param options.waitingMax Those that wait; one more is refused.
   * @param options.ofOneMax Those that wait of one account.
   */
  constructor({ atOnce, waitingMax, ofOneMax }: { atOnce: number; waitingMax: number; ofOneMax: number }) {
    this.#atOnce = atOnce
    this.#waitingMax = waitingMax
    this.#ofOneMax = ofOneMax
  }

  /** Does the work once it is the account's turn. @throws TooManyWait, and what the work throws */
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

  /** The oldest whose account has nothing under way begins; it counts as begun from here on. */
  #next(): void {
    const at = this.#waiting.findIndex(({ account }) => this.#mayBegin(account))
    if (at === -1) return
    const [first] = this.#waiting.splice(at, 1)
    this.#underWay.add(first!.account)
    first!.begin()
  }
}
