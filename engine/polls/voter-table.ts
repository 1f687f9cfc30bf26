import { Column, free } from './column.ts'

/** A voter is 22 characters of 6 bits. The first selects the table; the others are 126 bits. */
export const WORDS = 4
const CHARACTERS = 22
const FULL = 0.8
/** Doubling would leave up to half of the memory unused, which may be gigabytes. */
const GROWS_BY = 1.25
/** Tables with fewer slots double: each voter is then copied once on average instead of four times, for at most some 400 KB unused in each. */
const DOUBLES_BELOW = 2 ** 15
const SLOTS_MIN = 16

/** Voters' hashes, four words each, with their newest ordinals and the offsets of those. */
export interface VoterPlaces {
  words: Uint32Array
  ordinals: Uint32Array
  offsets: Float64Array
}

/**
 * Voters whose hashes begin with one character, each with a number from 1 up (the newest ordinal) and a place. Flat memory instead
 * of a `Map`, and nothing for the garbage collector to walk when millions have voted. A voter takes 1.25 to 1.57 slots, up to 2.5 in a small
 * table, of 16 bytes and of what the numbers need: 21 to 27 bytes without a place, 26 to 33 with one in a log of one partition, where
 * nobody changes an answer 255 times.
 *
 * Open addressing with linear probing; the hash is uniform, so its first word is the start index.
 */
export class VoterTable {
  #words = new Uint32Array(0)
  #ordinals = new Column(0)
  #partitions = new Column(0)
  #offsets = new Column(0, 4)
  /** Slots per unit of a hash's first word, which is 32 bits. */
  #slotsPerUnit = 0
  #size = 0
  readonly #key = new Uint32Array(WORDS)

  get size(): number {
    return this.#size
  }

  /** The slot of a voter, valid until the next `claim`; -1: unknown. @param voter 22 characters of base64url. */
  find(voter: string): number {
    if (this.#size === 0) return -1
    const slot = this.#probe(parseVoter(voter, this.#key), 0)
    return this.#ordinals.at(slot) === 0 ? -1 : slot
  }

  /** The number of slots; those in use have an ordinal above 0. */
  get slots(): number {
    return this.#words.length / WORDS
  }

  ordinal(slot: number): number {
    return this.#ordinals.at(slot)
  }

  partition(slot: number): number {
    return this.#partitions.at(slot)
  }

  offset(slot: number): number {
    return this.#offsets.at(slot)
  }

  /**
   * The voter's slot, or one reserved for it: a slot without a voter has ordinal 0, and stays unused unless `set` follows. Valid
   * until the next `claim`.
   */
  claim(voter: string): number {
    this.#makeRoom(1)
    const key = parseVoter(voter, this.#key)
    const slot = this.#probe(key, 0)
    if (this.#ordinals.at(slot) === 0)
      for (let word = 0; word < WORDS; word++) this.#words[slot * WORDS + word] = key[word]!
    return slot
  }

  /** Grows if this many more voters would make it too full. */
  #makeRoom(more: number): void {
    const { slots } = this
    if (this.#size + more - 1 < FULL * slots) return
    const growth = slots < DOUBLES_BELOW ? 2 : GROWS_BY
    this.#grow(Math.max(SLOTS_MIN, Math.ceil(growth * slots), Math.ceil((this.#size + more) / FULL)))
  }

  /**
   * Sets each voter of these rows, of a log with one partition, to the newest ordinal known or given, and the first offset of that.
   * @param most How many voters may be new; further ones are left out. @returns how many were new
   */
  merge({ words, ordinals, offsets }: VoterPlaces, from: number, to: number, most: number): number {
    this.#makeRoom(to - from)
    const known = this.#ordinals.cellsFor(largest(ordinals, from, to))
    const places = this.#offsets.cellsFor(largest(offsets, from, to))
    let added = 0
    for (let row = from; row < to; row++) {
      const ordinal = ordinals[row]!
      const offset = offsets[row]!
      const slot = this.#probe(words, row * WORDS)
      const before = known[slot]!
      if (before === 0) {
        if (added === most) continue
        added++
        for (let word = 0; word < WORDS; word++) this.#words[slot * WORDS + word] = words[row * WORDS + word]!
      } else if (before > ordinal || (before === ordinal && this.offset(slot) <= offset)) continue
      known[slot] = ordinal
      if (places.length > 0) places[slot] = offset
    }
    this.#size += added
    return added
  }

  /** Sets the newest ordinal, 1 or more, and the ballot's place of the voter whose slot was claimed. */
  set(slot: number, ordinal: number, partition = 0, offset = 0): void {
    const ordinals = this.#ordinals.cellsFor(ordinal)
    if (ordinals[slot] === 0) this.#size++
    ordinals[slot] = ordinal
    this.#partitions.set(slot, partition)
    const offsets = this.#offsets.cellsFor(offset)
    if (offsets.length > 0) offsets[slot] = offset
  }

  /** The hashes of all slots' voters, four words a slot; valid until the next `claim`. */
  get words(): Uint32Array {
    return this.#words
  }

  /** The slots that have room for a share more voters than there are now. */
  slotsFor(share: number): number {
    return Math.max(this.slots, Math.ceil(((1 + share) * this.#size) / FULL))
  }

  #probe(key: Uint32Array, from: number): number {
    const words = this.#words
    const ordinals = this.#ordinals.cells
    const last = this.slots - 1
    for (let slot = Math.floor(key[from]! * this.#slotsPerUnit); ; slot = slot === last ? 0 : slot + 1) {
      if ((ordinals[slot] ?? 0) === 0) return slot
      const at = slot * WORDS
      if (
        words[at] === key[from] &&
        words[at + 1] === key[from + 1] &&
        words[at + 2] === key[from + 2] &&
        words[at + 3] === key[from + 3]
      )
        return slot
    }
  }

  /**
   * Reserves slots. Voters that arrive in the slot order of another table need as many slots as it had: in fewer they would all
   * crowd at the beginning.
   * @param slots 0, or another table's `slots`
   */
  reserve(slots: number): void {
    if (slots > this.slots) this.#grow(slots)
  }

  #grow(slots: number): void {
    const [words, ordinals, partitions, offsets] = [
      this.#words,
      this.#ordinals,
      this.#partitions,
      this.#offsets,
    ]
    this.#words = new Uint32Array(slots * WORDS)
    this.#ordinals = ordinals.empty(slots)
    this.#partitions = partitions.empty(slots)
    this.#offsets = offsets.empty(slots)
    this.#slotsPerUnit = slots / 2 ** 32
    // Variables of the loop: over millions it takes three times as long through the fields.
    const [into, slotsPerUnit] = [this.#words, this.#slotsPerUnit]
    const [before, after] = [ordinals.cells, this.#ordinals.cells]
    const [places, newPlaces] = [offsets.cells, this.#offsets.cells]
    for (let old = 0; old < before.length; old++) {
      if (before[old] === 0) continue
      const at = old * WORDS
      let slot = Math.floor(words[at]! * slotsPerUnit)
      while (after[slot] !== 0) slot = slot === slots - 1 ? 0 : slot + 1
      for (let word = 0; word < WORDS; word++) into[slot * WORDS + word] = words[at + word]!
      after[slot] = before[old]!
      if (places.length > 0) newPlaces[slot] = places[old]!
      this.#partitions.copy(slot, partitions, old)
    }
    for (const outgrown of [words, before, partitions.cells, places]) free(outgrown)
  }
}

function largest(numbers: Uint32Array | Float64Array, from: number, to: number): number {
  let most = 0
  for (let at = from; at < to; at++) if (numbers[at]! > most) most = numbers[at]!
  return most
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** The value of each base64url character by its code; 0 for anything else. */
const SEXTETS = new Uint8Array(128)
for (let value = 0; value < ALPHABET.length; value++) SEXTETS[ALPHABET.charCodeAt(value)] = value

/** Packs the characters of a voter's hash after the first into four words; the last two bits are 0. Returns them. */
export function parseVoter(voter: string, into: Uint32Array): Uint32Array {
  let bits = 0
  let held = 0
  for (let i = 1, word = 0; word < WORDS; i++) {
    const sextet = i < CHARACTERS ? SEXTETS[voter.charCodeAt(i)]! : 0
    const room = 32 - held
    if (room > 6) {
      bits = (bits << 6) | sextet
      held += 6
    } else {
      into[word++] = (bits << room) | (sextet >>> (6 - room))
      held = 6 - room
      // Those that are written already are shifted out of the 32.
      bits = sextet
    }
  }
  return into
}

/** The number of the first character of a voter's hash. */
export const sextetOf = (voter: string): number => SEXTETS[voter.charCodeAt(0)]!
