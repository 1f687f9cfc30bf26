/** A voter's hash is 128 bits. */
const WORDS = 4
const FULL = 0.7

/**
 * Voters by their keyed hash, each with a number from 1 up (their newest ordinal) and a place. Flat memory instead of a `Map`: some 50 bytes a voter, and
 * nothing for the garbage collector to walk when millions have voted.
 *
 * Open addressing with linear probing; the hash is uniform, so its first word is the slot. Grows by doubling.
 */
export class VoterTable {
  #words = new Uint32Array(0)
  #ordinals = new Uint32Array(0)
  #partitions = new Uint16Array(0)
  #offsets = new Float64Array(0)
  #mask = -1
  #size = 0
  readonly #key = new Uint32Array(WORDS)

  get size(): number {
    return this.#size
  }

  /** The slot of a voter: good until the next `set`. -1 for an unknown one. @param voter 128 bits as base64url. */
  find(voter: string): number {
    if (this.#size === 0) return -1
    const slot = this.#probe(this.#parse(voter))
    return this.#ordinals[slot] === 0 ? -1 : slot
  }

  ordinal(slot: number): number {
    return this.#ordinals[slot]!
  }

  partition(slot: number): number {
    return this.#partitions[slot]!
  }

  offset(slot: number): number {
    return this.#offsets[slot]!
  }

  /** Sets a voter's newest ordinal, 1 or more, and where its ballot stands. */
  set(voter: string, ordinal: number, partition = 0, offset = 0): void {
    if (this.#size >= FULL * this.#ordinals.length) this.#grow()
    const slot = this.#probe(this.#parse(voter))
    if (this.#ordinals[slot] === 0) {
      this.#size++
      this.#words.set(this.#key, slot * WORDS)
    }
    this.#ordinals[slot] = ordinal
    this.#partitions[slot] = partition
    this.#offsets[slot] = offset
  }

  /** 22 characters of 6 bits, into four words. */
  #parse(voter: string): Uint32Array {
    const key = this.#key
    let bits = 0
    let held = 0
    for (let i = 0, word = 0; word < WORDS; i++) {
      const sextet = SEXTETS[voter.charCodeAt(i)]!
      const room = 32 - held
      if (room > 6) {
        bits = (bits << 6) | sextet
        held += 6
      } else {
        key[word++] = (bits << room) | (sextet >>> (6 - room))
        held = 6 - room
        bits = sextet & ((1 << held) - 1)
      }
    }
    return key
  }

  #probe(key: Uint32Array): number {
    const words = this.#words
    for (let slot = key[0]! & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (this.#ordinals[slot] === 0) return slot
      const at = slot * WORDS
      if (
        words[at] === key[0] &&
        words[at + 1] === key[1] &&
        words[at + 2] === key[2] &&
        words[at + 3] === key[3]
      )
        return slot
    }
  }

  #grow(): void {
    const before = {
      words: this.#words,
      ordinals: this.#ordinals,
      partitions: this.#partitions,
      offsets: this.#offsets,
    }
    const slots = Math.max(1024, 2 * before.ordinals.length)
    this.#words = new Uint32Array(slots * WORDS)
    this.#ordinals = new Uint32Array(slots)
    this.#partitions = new Uint16Array(slots)
    this.#offsets = new Float64Array(slots)
    this.#mask = slots - 1
    for (let old = 0; old < before.ordinals.length; old++) {
      if (before.ordinals[old] === 0) continue
      const key = before.words.subarray(old * WORDS, (old + 1) * WORDS)
      const slot = this.#probe(key)
      this.#words.set(key, slot * WORDS)
      this.#ordinals[slot] = before.ordinals[old]!
      this.#partitions[slot] = before.partitions[old]!
      this.#offsets[slot] = before.offsets[old]!
    }
  }
}

/** The value of each base64url character by its code; 0 for all else. */
const SEXTETS = new Uint8Array(128)
for (const [value, character] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
].entries())
  SEXTETS[character.charCodeAt(0)] = value
