import { IN_ONE_TURN, inSlices } from '../../engine/turns.ts'

/** The connections of an edge. There may be a quarter of a million, so nobody can walk over all of them in one turn. */
export class Crowd<Member> {
  readonly #members = new Set<Member>()
  #round: Iterator<Member> = this.#members.values()

  get size(): number {
    return this.#members.size
  }

  add(member: Member): void {
    this.#members.add(member)
  }

  delete(member: Member): void {
    this.#members.delete(member)
  }

  /**
   * Visits each that is there when it begins and still is when its turn comes, so many between two yields. Who comes meanwhile
   * is behind all of them: so it ends, however fast others come.
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

  /** The next ones, those who came first before the others: a slice at most, and each once. The call after goes on behind the last. */
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
