import { IN_ONE_TURN, inSlices } from './turns.ts'

/** Connections of a process. There may be a quarter of a million, so nobody may walk over all of them in one turn. */
export class Crowd<Member> {
  readonly #members = new Set<Member>()
  #round: Iterator<Member> = this.#members.values()

  get size(): number {
    return this.#members.size
  }

  add(member: Member): void {
    this.#members.add(member)
  }

  /** Returns whether it was there. */
  delete(member: Member): boolean {
    return this.#members.delete(member)
  }

  /** All of them, for what may take its time. */
  values(): SetIterator<Member> {
    return this.#members.values()
  }

  /**
   * Visits each member that is present both at the start and at its turn, a slice between two yields. New members queue up behind
   * all of them, so the walk ends however fast they come.
   */
  inSlices(visit: (member: Member) => void, slice = IN_ONE_TURN): Generator<void> {
    return inSlices(this.#present(), visit, slice)
  }

  *#present(): Generator<Member> {
    let left = this.size
    for (const member of this.#members) {
      if (left-- === 0) return
      yield member
    }
  }

  /** The next members, oldest first: at most a slice, each once. The next call continues after the last. */
  *some(): Generator<Member> {
    for (let left = Math.min(IN_ONE_TURN, this.size); left > 0; left--) {
      let next = this.#round.next()
      if (next.done) {
        this.#round = this.#members.values()
        next = this.#round.next()
      }
      if (next.done) return
      yield next.value
    }
  }
}
