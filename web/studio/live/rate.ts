/** Average growth per second over a recent span. Pure: the caller supplies the time. */
export class Rate {
  readonly #spanMs: number
  readonly #grown: { at: number; by: number }[] = []

  /** @param spanMs The span: longer is steadier, shorter reacts faster. */
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
