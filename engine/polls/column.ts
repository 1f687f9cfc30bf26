/** From narrow to wide, each with its largest number. */
const KINDS = [
  { Cells: Uint8Array, most: 2 ** 8 - 1 },
  { Cells: Uint16Array, most: 2 ** 16 - 1 },
  { Cells: Uint32Array, most: 2 ** 32 - 1 },
  { Cells: Float64Array, most: Number.MAX_SAFE_INTEGER },
] as const

/**
 * Frees the memory of an outgrown array at once, where the platform can (ES2024). The collector would wait until as much again is
 * garbage: hundreds of megabytes, for a table of millions.
 */
export function free({ buffer }: ArrayBufferView): void {
  const { transfer } = buffer as { transfer?: (this: ArrayBufferLike, bytes: number) => unknown }
  transfer?.call(buffer, 0)
}

/** A column of whole numbers, with as many bytes a slot as the largest number needs. A column of zeros takes none. */
export class Column {
  readonly #slots: number
  readonly #bytes: number
  /** Empty while all numbers are zero; for loops, which check once. */
  cells: Uint8Array | Uint16Array | Uint32Array | Float64Array = new Uint8Array(0)
  /** The largest number that the cells hold. */
  #most = 0

  /** @param bytes The fewest bytes of a cell: where columns of one place in the code have one width its loops are faster. */
  constructor(slots: number, bytes = 1) {
    this.#slots = slots
    this.#bytes = bytes
  }

  /** A zeroed column with this many slots and cells of the same width, to `copy` this one's slots into. */
  empty(slots: number): Column {
    const column = new Column(slots, this.#bytes)
    if (this.#most > 0) column.#widen(this.#most)
    return column
  }

  /** Copies a slot from a column of the same width. */
  copy(slot: number, from: Column, old: number): void {
    if (this.#most > 0) this.cells[slot] = from.cells[old]!
  }

  at(slot: number): number {
    return this.#most === 0 ? 0 : this.cells[slot]!
  }

  set(slot: number, value: number): void {
    const cells = this.cellsFor(value)
    if (cells.length > 0) cells[slot] = value
  }

  /**
   * Cells that hold this number; none if all are zero. For loops over millions: a store of one place in the code into cells of one
   * width takes a fraction of one into cells of several.
   */
  cellsFor(value: number): Column['cells'] {
    if (value > this.#most) this.#widen(value)
    return this.cells
  }

  #widen(value: number): void {
    const { Cells, most } = KINDS.find(
      ({ Cells, most }) => value <= most && Cells.BYTES_PER_ELEMENT >= this.#bytes,
    )!
    const before = this.cells
    this.cells = new Cells(this.#slots)
    this.cells.set(before)
    this.#most = most
    free(before)
  }
}
