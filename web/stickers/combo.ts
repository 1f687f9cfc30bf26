/** Taps no further apart than this are one combo. */
export const COMBO_MS = 1_200

/** Counts consecutive taps of one sticker. Another sticker starts a new combo. */
export class Combo {
  #sticker = ''
  #count = 0
  #lastMs = Number.NEGATIVE_INFINITY

  /** Takes a tap and returns the combo's length; 1 for a single tap. */
  tap(sticker: string, now: number): number {
    const goesOn = sticker === this.#sticker && now - this.#lastMs <= COMBO_MS
    this.#count = goesOn ? this.#count + 1 : 1
    this.#sticker = sticker
    this.#lastMs = now
    return this.#count
  }
}
