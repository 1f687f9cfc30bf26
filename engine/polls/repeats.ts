import type { Ballot } from '../../protocol/polls.ts'

/** Numbers whose bits lie together. A page is smaller than one ballot, so a log of odd numbers is larger than what is kept of it. */
const PAGE_NUMBERS = 2048

/**
 * Tells the records that a log has twice, by what names a record: its producer and sequence. A producer's sequences need not grow: what
 * was sent to a broker that hung is written when it wakes, after what was sent to another meanwhile. A bit for each number.
 */
export class Repeats {
  readonly #pages = new Map<string, Uint8Array<ArrayBuffer>>()
  /** Where the record before was: that of the next one nearly always. */
  #last = { producer: '', page: -1, bits: new Uint8Array(0) }

  /** Of the next record, in the order of the log. */
  has({ producer, sequence }: Pick<Ballot, 'producer' | 'sequence'>): boolean {
    const bits = this.#bitsOf(producer, Math.floor(sequence / PAGE_NUMBERS))
    const at = sequence % PAGE_NUMBERS
    const bit = 1 << (at % 8)
    if ((bits[at >> 3]! & bit) !== 0) return true
    bits[at >> 3]! |= bit
    return false
  }

  #bitsOf(producer: string, page: number): Uint8Array {
    if (this.#last.producer === producer && this.#last.page === page) return this.#last.bits
    const name = `${producer}/${page}`
    const bits = this.#pages.get(name) ?? new Uint8Array(PAGE_NUMBERS / 8)
    this.#pages.set(name, bits)
    this.#last = { producer, page, bits }
    return bits
  }
}
