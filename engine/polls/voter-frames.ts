import { isSame } from '../../protocol/consistency.ts'
import { HASH_BYTES, type Sha256 } from './merkle.ts'
import { type VoterPlaces, type VoterTable, WORDS } from './voter-table.ts'

/**
 * A file of voters is a chain of frames, each valid only after the one before it:
 *
 * ```
 * frame  hash of the frame before │ form, bytes of the head, rows │ head │ columns of the rows              │ hash of all this
 *        32 bytes, first: zeros     3 x uint32                     JSON   words, offsets, ordinals, firsts   32 bytes
 * ```
 * Numbers are little-endian, as on every machine that this runs on, and the head is padded with spaces so that the columns are aligned for
 * typed arrays: reading tens of millions copies none. A frame that is cut off or altered ends the chain.
 */
const FORM = 3
export const PREFIX_BYTES = HASH_BYTES + 12
const ROW_BYTES = 4 * WORDS + 8 + 4 + 1
/** Rows of one frame: half a megabyte, hashed in a millisecond. */
export const ROWS_MAX = 16_384
/** Large enough for the names of all polls of a log. */
const HEAD_BYTES_MAX = 2 ** 20

/** The head of a frame, beside its rows. */
export interface FrameHead {
  /** After this frame, everything before this offset of the log is covered; 0: more frames follow that belong to it. */
  next: number
  /** The hash of the record before `next`: identifies the log. */
  last: string
  polls: FramePoll[]
}

/**
 * A poll's name, its number of rows, and if they are in the order of tables, which is that of their hashes, how many slots each of
 * those should have when they are read; 0: no such order.
 */
export type FramePoll = [name: string, rows: number, slots: number]

/** Voters of one poll, as columns; `firsts` are the numbers of their tables. */
export interface VoterColumns extends VoterPlaces {
  firsts: Uint8Array
}

/** Growing columns. */
export class VoterRows {
  /** See `FramePoll`. */
  readonly slots: number
  #firsts = new Uint8Array(0)
  #words = new Uint32Array(0)
  #offsets = new Float64Array(0)
  #ordinals = new Uint32Array(0)
  count = 0

  constructor(slots = 0) {
    this.slots = slots
  }

  /** @param first Number of the voter's table. @param words Four of them, from `wordsAt` on */
  push(first: number, words: Uint32Array, wordsAt: number, ordinal: number, offset: number): void {
    if (this.count === this.#ordinals.length) this.#grow()
    const at = this.count++
    this.#firsts[at] = first
    for (let word = 0; word < WORDS; word++) this.#words[at * WORDS + word] = words[wordsAt + word]!
    this.#ordinals[at] = ordinal
    this.#offsets[at] = offset
  }

  #grow(): void {
    const { firsts, words, offsets, ordinals } = this.columns()
    const rows = Math.max(64, 2 * this.count)
    this.#firsts = new Uint8Array(rows)
    this.#words = new Uint32Array(rows * WORDS)
    this.#offsets = new Float64Array(rows)
    this.#ordinals = new Uint32Array(rows)
    this.#firsts.set(firsts)
    this.#words.set(words)
    this.#offsets.set(offsets)
    this.#ordinals.set(ordinals)
  }

  columns(): VoterColumns {
    return {
      firsts: this.#firsts.subarray(0, this.count),
      words: this.#words.subarray(0, this.count * WORDS),
      offsets: this.#offsets.subarray(0, this.count),
      ordinals: this.#ordinals.subarray(0, this.count),
    }
  }
}

/**
 * The voters of a poll whose ballots are before `next`, in the order of the tables. If a table grows between two steps it is
 * visited again, because its voters have moved: some come twice.
 * @param share How many more voters there may be until the next time: whoever reads the rows makes room for them, too.
 */
export function* rowsOf(tables: readonly VoterTable[], next: number, share = 0): Generator<VoterRows> {
  const inOrder = () => new VoterRows(Math.max(...tables.map((table) => table.slotsFor(share))))
  let rows = inOrder()
  for (const [first, table] of tables.entries()) {
    let { slots } = table
    for (let slot = 0; slot < slots; slot++) {
      if (table.ordinal(slot) === 0 || table.offset(slot) >= next) continue
      rows.push(first, table.words, slot * WORDS, table.ordinal(slot), table.offset(slot))
      if (rows.count < ROWS_MAX) continue
      yield rows
      rows = inOrder()
      if (table.slots === slots) continue
      slots = table.slots
      slot = -1
    }
  }
  if (rows.count > 0) yield rows
}

/** A frame's bytes. @param polls At most `ROWS_MAX` rows in all. @param before The hash of the frame before. */
export function encodeFrame(
  sha256: Sha256,
  { next, last, polls }: Omit<FrameHead, 'polls'> & { polls: ReadonlyMap<string, VoterRows> },
  before: Uint8Array,
): Uint8Array {
  const counts = Array.from(polls, ([name, { count, slots }]): FramePoll => [name, count, slots])
  const rows = counts.reduce((sum, [, count]) => sum + count, 0)
  const head = utf8(aligned(JSON.stringify({ next, last, polls: counts } satisfies FrameHead)))
  const bytes = new Uint8Array(frameBytes(head.length, rows))
  bytes.set(before)
  const prefix = new DataView(bytes.buffer, HASH_BYTES)
  for (const [i, value] of [FORM, head.length, rows].entries()) prefix.setUint32(4 * i, value, true)
  bytes.set(head, PREFIX_BYTES)
  const { words, offsets, ordinals, firsts } = columnsAt(PREFIX_BYTES + head.length, rows)
  let row = 0
  for (const voters of polls.values()) {
    const columns = voters.columns()
    bytes.set(bytesOf(columns.words), words + 4 * WORDS * row)
    bytes.set(bytesOf(columns.offsets), offsets + 8 * row)
    bytes.set(bytesOf(columns.ordinals), ordinals + 4 * row)
    bytes.set(columns.firsts, firsts + row)
    row += voters.count
  }
  const signed = bytes.length - HASH_BYTES
  sha256(bytes.subarray(0, signed), bytes.subarray(signed))
  return bytes
}

/** The length of the frame that begins with these bytes; undefined if they begin none. @param prefix `PREFIX_BYTES` long */
export function lengthOf(prefix: Uint8Array): number | undefined {
  const view = new DataView(prefix.buffer, prefix.byteOffset + HASH_BYTES)
  const [form, headBytes, rows] = [0, 4, 8].map((at) => view.getUint32(at, true)) as [number, number, number]
  if (form !== FORM || headBytes > HEAD_BYTES_MAX || rows > ROWS_MAX) return undefined
  return frameBytes(headBytes, rows)
}

/** Receives the contents of a frame. */
export interface FrameReader {
  reserve(poll: string, slots: number): unknown
  rows(poll: string, columns: VoterColumns): unknown
}

/**
 * Reads a frame, and passes its rows to `reader`; undefined if the bytes are no frame that follows `before`.
 * @param bytes Aligned for typed arrays.
 */
export function readFrame(
  sha256: Sha256,
  bytes: Uint8Array,
  before: Uint8Array,
  reader: FrameReader,
): FrameHead | undefined {
  const signed = bytes.length - HASH_BYTES
  const isNext = isSame(bytes.subarray(0, HASH_BYTES), before)
  if (!isNext || !isSame(sha256(bytes.subarray(0, signed)), bytes.subarray(signed))) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const headBytes = view.getUint32(HASH_BYTES + 4, true)
  const rows = view.getUint32(HASH_BYTES + 8, true)
  const head = JSON.parse(
    new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headBytes)),
  ) as FrameHead
  const at = columnsAt(PREFIX_BYTES + headBytes, rows)
  const { buffer, byteOffset } = bytes
  const words = new Uint32Array(buffer, byteOffset + at.words, WORDS * rows)
  const offsets = new Float64Array(buffer, byteOffset + at.offsets, rows)
  const ordinals = new Uint32Array(buffer, byteOffset + at.ordinals, rows)
  const firsts = bytes.subarray(at.firsts, signed)
  let row = 0
  for (const [name, count, slots] of head.polls) {
    const end = row + count
    reader.reserve(name, slots)
    reader.rows(name, {
      firsts: firsts.subarray(row, end),
      words: words.subarray(row * WORDS, end * WORDS),
      offsets: offsets.subarray(row, end),
      ordinals: ordinals.subarray(row, end),
    })
    row = end
  }
  return head
}

/** The frame's hash, which the next frame begins with. */
export const hashOf = (frame: Uint8Array): Uint8Array => frame.subarray(frame.length - HASH_BYTES)

const frameBytes = (headBytes: number, rows: number): number =>
  PREFIX_BYTES + headBytes + rows * ROW_BYTES + HASH_BYTES

function columnsAt(words: number, rows: number) {
  const offsets = words + 4 * WORDS * rows
  const ordinals = offsets + 8 * rows
  return { words, offsets, ordinals, firsts: ordinals + 4 * rows }
}

/** Padded with spaces, which JSON allows, so that what follows begins at a multiple of 8. */
const aligned = (head: string): string =>
  head + ' '.repeat((8 - ((PREFIX_BYTES + utf8(head).length) % 8)) % 8)

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
