/** What grew lately, for each second. Pure: the caller supplies the time. */
export class Rate {
  readonly #spanMs: number
  readonly #grown: { at: number; by: number }[] = []

  /** @param spanMs Over how long it is taken: longer is steadier, shorter is quicker. */
  constructor(spanMs: number) {
    this.#spanMs = spanMs
  }

  add(by: number, now: number): void {
    this.#grown.push({ at: now, by })
    this.#forget(now)
  }

  perSecond(now: number): number {
    this.#forget(now)
    return (this.#grown.reduce((sum, { by }) => sum + by, 0) * 1000) / this.#spanMs
  }

  #forget(now: number): void {
    while (this.#grown.length > 0 && this.#grown[0]!.at <= now - this.#spanMs) this.#grown.shift()
  }
}
