const NONE = -1

/**
 * The records added last, by number, in one piece of memory: nothing that the garbage collector walks over, however many they are.
 * A ring: a record overwrites the oldest ones. Numbers are mostly consecutive, and each maps to one slot, which a later one may take:
 * whatever is missing here is read from where it is kept.
 *
 * ```
 * bytes   …new │ older │ … │ newest │ new…        a record is never split: one that does not fit before the end goes to the start
 * ```
 */
export class RecentRecords {
  readonly #numbers: Float64Array
  readonly #starts: Float64Array
  readonly #lengths: Int32Array
  readonly #bytes: Uint8Array
  /** Where the next one goes, counted without going round. */
  #end = 0

  /** @param options.max Records. @param options.bytesMax Of all of them. */
  constructor({ max, bytesMax }: { max: number; bytesMax: number }) {
    this.#numbers = new Float64Array(max).fill(NONE)
    this.#starts = new Float64Array(max)
    this.#lengths = new Int32Array(max)
    this.#bytes = new Uint8Array(bytesMax)
  }

  /** Adds a record. One longer than the whole memory is not kept. */
  add(number: number, record: Uint8Array): void {
    const size = this.#bytes.length
    if (record.length > size) return
    const left = size - (this.#end % size)
    if (record.length > left) this.#end += left
    const slot = number % this.#numbers.length
    this.#numbers[slot] = number
    this.#starts[slot] = this.#end
    this.#lengths[slot] = record.length
    this.#bytes.set(record, this.#end % size)
    this.#end += record.length
  }

  has(number: number): boolean {
    const slot = number % this.#numbers.length
    return this.#numbers[slot] === number && this.#starts[slot]! >= this.#end - this.#bytes.length
  }

  /** A copy of the record; undefined: it is not here any more. */
  get(number: number): Uint8Array | undefined {
    if (!this.has(number)) return undefined
    const slot = number % this.#numbers.length
    const start = this.#starts[slot]! % this.#bytes.length
    return this.#bytes.slice(start, start + this.#lengths[slot]!)
  }
}
