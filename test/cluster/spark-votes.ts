import { expect, test } from 'bun:test'
import type { StoredRecord } from '../../adapters/log/log.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { Tally } from '../../engine/polls/tally.ts'
import { seededRandom } from '../../load/random.ts'
import { type Ballot, type TallyCell, tallyKey } from '../../protocol/polls.ts'
import { ballots as ballotRecords } from '../../protocol/records/ballots.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import { ballotJob } from '../../services/aggregate/spark/ballots.ts'
import { hostileRecords } from '../hostile-records.ts'
import { lawOfVotes } from '../polls/law/law.ts'
import { legalLog } from '../polls/law/legal-logs.ts'
import { tallyVectors } from '../vectors.ts'
import { Crowd } from './crowd.ts'
import type { SparkOnKafka } from './spark-on-kafka.ts'
import { countOnSpark, expectVectors, faultsOf, type TimedRecord } from './spark-run.ts'

const text = new TextDecoder()
const SEED = Number(process.env.SEED ?? 1)

const recordOf = (ballot: Ballot) => ({
  timestampMs: ballot.at,
  key: ballot.voter,
  text: JSON.stringify(ballot),
})

/** Tests of votes that Spark counts. */
export function votesOnSpark(on: SparkOnKafka): void {
  let prefixes = 0
  /** What Spark makes of these records, on topics of their own. */
  function count(records: TimedRecord[], { partitions = 1 } = {}) {
    const kafka = { brokers: [on.kafka.address], topicPrefix: `votes${prefixes++}-` }
    const job = ballotJob({ kafka, checkpoint: `${on.spark.checkpoints}/${kafka.topicPrefix}` })
    return countOnSpark({
      ...{ spark: on.spark.address, kafka, job, partitions, records },
      ...{ from: 'ballots', to: 'tallies' },
    })
  }

  test('every golden vector gives the tallies it should, byte for byte, and the same faults', async () => {
    const vectors = tallyVectors()
    // A query's first batches cost seconds, so all vectors share one, each in its own show.
    const counted = await count(
      vectors.flatMap((vector, i) =>
        vector.records.map(({ timestampMs, key, ballot, text }) => ({
          timestampMs,
          key,
          text: apart(text ?? JSON.stringify(ballot), i),
        })),
      ),
    )
    expectVectors(counted, vectors, ({ show, poll, segment, choice, mark, count, version }) =>
      tallies.encode({ show, poll, segment, choice, mark, count, version }),
    )
  })

  const apart = (record: string, vector: number): string =>
    record.replace(/"show":"([a-z0-9~-]+)"/, `"show":"v${vector}-$1"`)

  test('Spark and the fold judge every record alike, whatever is in it, and count the same', async () => {
    const values = hostileRecords('ballots', { seed: SEED, count: 2000 })
    const { counts, letters } = await count(
      values.map((value) => ({ timestampMs: 1_795_349_712_000, text: value })),
    )
    const folds = new Map<string, BallotFold>()
    const faults: Record<number, string> = {}
    const wanted: Record<string, number> = {}
    for (const [offset, value] of values.entries()) {
      const ballot = ballotRecords.decode(value)
      if (typeof ballot === 'string') {
        faults[offset] = ballot
        continue
      }
      const { show, poll } = ballot
      const fold = folds.get(`${show}/${poll}`) ?? new BallotFold()
      folds.set(`${show}/${poll}`, fold)
      fold.add(ballot)
      for (const count of fold.takeChanged()) wanted[tallyKey({ show, poll, ...count })] = count.count
    }
    expect(faultsOf(letters)).toEqual(faults)
    expect(newestOf(counts)).toEqual(wanted)
  })

  test('of ballots with one ordinal in one batch the first in the log counts, in every partition', async () => {
    const crowd = new Crowd(7)
    const ballots = Array.from({ length: 2_000 }, () => crowd.next())
    const { counts } = await count(ballots.map(recordOf), { partitions: 3 })
    expect(newestOf(counts)).toEqual(crowd.expected())
  })

  test('what Spark counts is what the law says of legal logs, each in a poll of its own', async () => {
    const logs = Array.from({ length: 80 }, (_, i) => legalLog(seededRandom(i), `law-${i}`))
    const { counts } = await count(
      logs.flatMap(({ records }) => records.map(({ ballot }) => recordOf(ballot))),
      { partitions: 3 },
    )
    const tallies = new Map(logs.map(({ poll }) => [poll.poll, new Tally()]))
    for (const { value } of counts) {
      const cell = JSON.parse(text.decode(value)) as TallyCell
      tallies.get(cell.poll)!.apply(cell)
    }
    for (const { poll, records } of logs) {
      for (const countLate of [true, false]) {
        const law = lawOfVotes(
          records.map(({ ballot }) => ballot),
          { countLate, countQuarantined: false },
        )
        const { viewers, counts } = tallies.get(poll.poll)!.result({ ...poll, countLate })
        expect([poll.poll, viewers, counts]).toEqual([
          poll.poll,
          law.viewers,
          { anna: 0, ben: 0, cleo: 0, ...law.counts },
        ])
      }
    }
  })
}

function newestOf(records: StoredRecord[]): Record<string, number> {
  const cells = records.map(({ value }) => JSON.parse(text.decode(value)) as TallyCell)
  return Object.fromEntries(
    cells.toSorted((a, b) => a.version - b.version).map((cell) => [tallyKey(cell), cell.count]),
  )
}
