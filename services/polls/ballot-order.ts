import type { Log } from '../../adapters/log/log.ts'
import { type CutEnds, covers, isNextCut, nextCut } from '../../engine/polls/cuts.ts'
import type { Ballot, BallotPlace, Poll } from '../../protocol/polls.ts'
import { cuts as cutRecords } from '../../protocol/records/cuts.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import { decodeBallot } from './ballot-codec.ts'

/** Ballots per turn of the event loop: some 2 ms of work, with everybody else served in between. */
const READ_BALLOTS = 256

type OrderedLog = Pick<Log, 'append' | 'read' | 'ends'>

/**
 * The single order of all ballots: log order with one partition, else by the cuts. Everybody who reads in this order builds the
 * same tree, and a later tree extends an earlier one.
 */
export class BallotOrder {
  readonly #log: OrderedLog
  readonly #cuts: number[][] = []
  /** Offset of the next unread cut. */
  #next = 0

  constructor(log: OrderedLog) {
    this.#log = log
  }

  /** The order of everything now in the log, or more. @throws RoarError log_unavailable */
  async reach(): Promise<CutEnds> {
    const ends = await this.#log.ends('ballots')
    if (ends.length === 1) return [ends]
    for (;;) {
      await this.#readCuts()
      if (covers(this.#cuts, ends)) return this.#cuts
      await this.#log.append('cuts', [cutRecords.encode(nextCut(this.#cuts, ends))])
    }
  }

  async #readCuts(): Promise<void> {
    const [end = 0] = await this.#log.ends('cuts')
    while (this.#next < end) {
      const records = await this.#log.read('cuts', { partition: 0, offset: this.#next }, READ_BALLOTS)
      // A concurrent call may read the same records.
      for (const { offset, value } of records) {
        if (offset < this.#next) continue
        this.#next = offset + 1
        const cut = cutRecords.decode(value)
        // Invalid cuts are ignored.
        if (typeof cut !== 'string' && isNextCut(this.#cuts, cut)) this.#cuts.push(cut.ends)
      }
      if (records.length === 0) this.#next = Math.max(this.#next, end)
    }
  }
}

/** What is at a place of the log: the wanted parts of a ballot, or why it is none. */
export interface BallotAt<Kind> {
  place: BallotPlace
  ballot: Kind
  trace?: TraceContext | undefined
}

/** Reads a partition of the ballots from a place on. */
export type ReadBallots<Kind> = (from: BallotPlace, count: number) => Promise<BallotAt<Kind | string>[]>

export const ballotsIn =
  (log: Pick<Log, 'read'>): ReadBallots<Ballot> =>
  async (from, count) => {
    const records = await log.read('ballots', from, count)
    return records.map((place) => ({ place, ballot: decodeBallot(place.value), trace: place.trace }))
  }

/** Reads all ballots in order, and continues where it stopped. */
export class BallotCursor<Kind> {
  readonly #read: ReadBallots<Kind>
  /** The next place of each partition. */
  readonly #places: number[] = []
  /** Already read ballots of a partition that are beyond the cut. */
  readonly #ahead: BallotAt<Kind | string>[][] = []
  #cut = 0

  constructor(read: ReadBallots<Kind>) {
    this.#read = read
  }

  /**
   * Yields ballots in chunks. If the consumer stops in a chunk, that chunk is yielded again.
   * @throws RoarError log_unavailable
   */
  async *upTo(cuts: CutEnds): AsyncGenerator<BallotAt<Kind | string>[]> {
    for (; this.#cut < cuts.length; this.#cut++) {
      for (const [partition, end] of cuts[this.#cut]!.entries()) {
        while ((this.#places[partition] ?? 0) < end) {
          const ballots = await this.#ballots(partition, end)
          if (ballots.length > 0) yield ballots
          this.#passed(partition, ballots.at(-1)?.place.offset ?? end - 1)
          await new Promise<void>((resolve) => setImmediate(resolve))
        }
      }
    }
    // With one partition the last cut keeps growing.
    this.#cut = Math.max(0, cuts.length - 1)
  }

  async #ballots(partition: number, end: number): Promise<BallotAt<Kind | string>[]> {
    const offset = this.#places[partition] ?? 0
    if ((this.#ahead[partition] ?? []).length === 0)
      this.#ahead[partition] = await this.#read({ partition, offset }, READ_BALLOTS)
    const beyond = this.#ahead[partition]!.findIndex(({ place }) => place.offset >= end)
    return beyond === -1 ? this.#ahead[partition]! : this.#ahead[partition]!.slice(0, beyond)
  }

  /** Skips a place that is gone, or holds no record, within the cut. */
  #passed(partition: number, offset: number): void {
    this.#places[partition] = offset + 1
    this.#ahead[partition] = this.#ahead[partition]!.filter(({ place }) => place.offset > offset)
  }
}

/**
 * Yields a poll's ballots from the cursor to the end of the log, in chunks. If the consumer stops in a chunk, that chunk is
 * yielded again.
 * @throws RoarError log_unavailable
 */
export async function* ballotsFrom<Kind extends Pick<Ballot, 'show' | 'poll'>>(
  cursor: BallotCursor<Kind>,
  order: BallotOrder,
  { show, poll }: Poll,
): AsyncGenerator<BallotAt<Kind>[]> {
  const isOwn = (found: BallotAt<Kind | string>): found is BallotAt<Kind> =>
    typeof found.ballot !== 'string' && found.ballot.poll === poll && found.ballot.show === show
  for await (const ballots of cursor.upTo(await order.reach())) yield ballots.filter(isOwn)
}
