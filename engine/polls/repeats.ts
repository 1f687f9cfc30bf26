import type { Ballot } from '../../protocol/polls.ts'

/**
 * Numbers that share a page. A page is smaller than one ballot, so even if only one number of each page is used, the log is
 * larger than the pages.
 */
const PAGE_NUMBERS = 2048

/**
 * Detects records that are in a log twice, by producer and sequence. A producer's sequences need not be in order: a broker that
 * hung may append late what another one has overtaken. One bit for each number.
 */
export class Repeats {
  readonly #pages = new Map<string, Uint8Array<ArrayBuffer>>()
  /** The last record's page: nearly always the next record's, too. */
  #last = { producer: '', page: -1, bits: new Uint8Array(0) }

  /** Checks the next record, in log order. */
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
