import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { seededRandom } from '../../load/random.ts'
import { type Ballot, tallyKey } from '../../protocol/polls.ts'

/** Voters who vote, change, send twice at once, and whose ballots are written again. */
export class Crowd {
  readonly #random: () => number
  readonly #voters: { voter: string; ordinal: number; newest: Ballot | undefined }[]
  readonly #folds = new BallotFold()
  readonly #cells: Record<string, number> = {}
  #last: Ballot | undefined
  #sequence = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#voters = Array.from({ length: 3_000 }, (_, i) => ({
      voter: Buffer.from(String(i).padStart(16, '0')).toString('base64url'),
      ordinal: 0,
      newest: undefined,
    }))
  }

  next(): Ballot {
    const kind = this.#random()
    const again = kind < 0.1 ? this.#last : undefined
    const ballot = again ?? this.#vote(kind)
    this.#last = ballot
    this.#folds.add(ballot)
    for (const count of this.#folds.takeChanged()) {
      this.#cells[tallyKey({ show: 'final', poll: 'mvp', ...count })] = count.count
    }
    return ballot
  }

  #vote(kind: number): Ballot {
    const who = this.#voters[Math.floor(this.#random() * this.#voters.length)]!
    // Another process that has not received the newest answer reuses its ordinal.
    const beaten = kind < 0.3 && who.newest !== undefined
    const before = beaten ? undefined : who.newest
    const ballot: Ballot = {
      show: 'final',
      poll: 'mvp',
      producer: 'in-1',
      sequence: this.#sequence++,
      batch: 0,
      size: 1,
      ballot: crypto.randomUUID(),
      voter: who.voter,
      segment: this.#random() < 0.5 ? 'home' : '',
      choice: [['anna', 'ben', 'cleo'][Math.floor(this.#random() * 3)]!],
      points: [1 + Math.floor(this.#random() * 3)],
      at: 1_795_349_712_000,
      late: false,
      quarantined: false,
      ordinal: beaten ? who.newest!.ordinal : who.ordinal + 1,
      salt: '',
      markSalt: '',
    }
    if (beaten) {
      const { replaces } = who.newest!
      return replaces === undefined ? ballot : { ...ballot, replaces }
    }
    who.ordinal++
    who.newest = ballot
    if (before === undefined) return ballot
    const { ballot: id, segment, choice, points } = before
    who.newest = { ...ballot, replaces: { ballot: id, segment, choice, points } }
    return who.newest
  }

  /** The result of the engine's fold over the same ballots, including counts that end at 0. */
  expected(): Record<string, number> {
    return { ...this.#cells }
  }
}
