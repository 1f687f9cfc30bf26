/** A voter is 22 characters: sixteen bytes, and four bits that the last one says beside them. */
const WORDS = 4
const LAST = 21
/** One for each first byte. One grows at a time, so that what growing takes is little beside the whole. */
const TABLES = 256
const SLOTS_MIN = 16
const GROWS_BY = 1.25
const FULL = 0.8

/**
 * What is known of each voter, an ordinal and a state: flat memory, 30 to 38 bytes a voter however many millions there are. It is
 * always at one voter.
 */
export class Voters {
  readonly #tables = Array.from({ length: TABLES }, () => new Table())
  readonly #bytes = Buffer.alloc(4 * WORDS)
  readonly #key = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, WORDS)
  #table = this.#tables[0]!
  #slot = 0

  /** Goes to a voter. Of one who is not known both numbers are 0; `set` follows. */
  seek(voter: string): void {
    this.#bytes.write(voter, 'base64url')
    this.#table = this.#tables[this.#bytes[0]!]!
    // The table has said the first byte.
    this.#bytes[0] = voter.charCodeAt(LAST)
    this.#slot = this.#table.slotOf(this.#key)
  }

  get ordinal(): number {
    return this.#table.ordinals[this.#slot]!
  }

  get state(): number {
    return this.#table.states[this.#slot]!
  }

  /** @param ordinal From 1 up, 32 bits as the state. */
  set(ordinal: number, state: number): void {
    this.#table.ordinals[this.#slot] = ordinal
    this.#table.states[this.#slot] = state
  }
}

/** Open addressing; a slot without an ordinal is empty. The hash is uniform, so its second word says where to begin. */
class Table {
  #words = new Uint32Array(SLOTS_MIN * WORDS)
  ordinals = new Uint32Array(SLOTS_MIN)
  states = new Uint32Array(SLOTS_MIN)
  #size = 0

  /** The slot of a voter, who has it from now on. */
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
