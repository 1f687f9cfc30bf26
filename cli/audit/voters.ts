/** A voter is 22 characters: sixteen bytes, and four more bits in the last character. */
const WORDS = 4
const LAST = 21
/** One table for each first byte. They grow one at a time, so that growing needs little extra memory. */
const TABLES = 256
const SLOTS_MIN = 16
const GROWS_BY = 1.25
const FULL = 0.8

/**
 * Maps each voter to an ordinal and a state in flat memory: 30 to 38 bytes a voter, however many millions there are. It is a
 * cursor: `seek` selects a voter.
 */
export class Voters {
  readonly #tables = Array.from({ length: TABLES }, () => new Table())
  readonly #bytes = Buffer.alloc(4 * WORDS)
  readonly #key = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, WORDS)
  #table = this.#tables[0]!
  #slot = 0

  /** Selects a voter. An unknown one has 0 for both numbers; `set` must follow. */
  seek(voter: string): void {
    this.#bytes.write(voter, 'base64url')
    this.#table = this.#tables[this.#bytes[0]!]!
    // The choice of table already encodes the first byte, so its place takes the last character.
    this.#bytes[0] = voter.charCodeAt(LAST)
    this.#slot = this.#table.slotOf(this.#key)
  }

  get ordinal(): number {
    return this.#table.ordinals[this.#slot]!
  }

  get state(): number {
    return this.#table.states[this.#slot]!
  }

  /** @param ordinal From 1 up; 32 bits, as has the state. */
  set(ordinal: number, state: number): void {
    this.#table.ordinals[this.#slot] = ordinal
    this.#table.states[this.#slot] = state
  }
}

/** Open addressing; a slot without an ordinal is empty. Voters are hashes, so the second word is a uniform start index. */
class Table {
  #words = new Uint32Array(SLOTS_MIN * WORDS)
  ordinals = new Uint32Array(SLOTS_MIN)
  states = new Uint32Array(SLOTS_MIN)
  #size = 0

  /** The voter's slot, reserved if it is new. */
  slotOf(key: Uint32Array): number {
    let slot = this.#find(key, 0)
    if (this.ordinals[slot] !== 0) return slot
    if (++this.#size > FULL * this.ordinals.length) {
      this.#grow()
      slot = this.#find(key, 0)
    }
    this.#words.set(key, slot * WORDS)
    return slot
  }

  #find(key: Uint32Array, from: number): number {
    const slots = this.ordinals.length
    for (
      let slot = Math.floor((key[from + 1]! / 2 ** 32) * slots);
      ;
      slot = slot + 1 === slots ? 0 : slot + 1
    ) {
      if (this.ordinals[slot] === 0) return slot
      let same = 0
      while (same < WORDS && this.#words[slot * WORDS + same] === key[from + same]) same++
      if (same === WORDS) return slot
    }
  }

  #grow(): void {
    const [words, ordinals, states] = [this.#words, this.ordinals, this.states]
    const slots = Math.ceil(GROWS_BY * ordinals.length)
    this.#words = new Uint32Array(slots * WORDS)
    this.ordinals = new Uint32Array(slots)
    this.states = new Uint32Array(slots)
    for (const [old, ordinal] of ordinals.entries()) {
      if (ordinal === 0) continue
      const slot = this.#find(words, old * WORDS)
      for (let word = 0; word < WORDS; word++) this.#words[slot * WORDS + word] = words[old * WORDS + word]!
      this.ordinals[slot] = ordinal
      this.states[slot] = states[old]!
    }
  }
}
