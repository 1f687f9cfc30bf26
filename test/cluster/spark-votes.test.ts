import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import type { Log, StoredRecord } from '../../adapters/log/log.ts'
import { type Kafka, startKafka } from '../../deploy/programs/kafka.ts'
import { type Spark, startSpark } from '../../deploy/programs/spark.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { Tally } from '../../engine/polls/tally.ts'
import { seededRandom } from '../../load/random.ts'
import { type Ballot, type TallyCell, tallyKey } from '../../protocol/polls.ts'
import { ballots as ballotRecords } from '../../protocol/records/ballots.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import { ballotJob } from '../../services/aggregate/spark/ballots.ts'
import { startSparkAggregate } from '../../services/aggregate/spark/supervisor.ts'
import { hostileRecords } from '../hostile-records.ts'
import { needs } from '../needs.ts'
import { lawOfVotes } from '../polls/law/law.ts'
import { legalLog } from '../polls/law/legal-logs.ts'
import { tallyVectors } from '../vectors.ts'
import { HANG_MS } from './hang.ts'
import { countOnSpark, faultsOf } from './spark-run.ts'

const clusterIsHere = needs('java') && needs('mvn')
const logger = pino({ level: 'silent' })
const text = new TextDecoder()
const SEED = Number(process.env.SEED ?? 1)

const recordOf = (ballot: Ballot) => ({
  timestampMs: ballot.at,
  key: ballot.voter,
  text: JSON.stringify(ballot),
})

describe.skipIf(!clusterIsHere)('votes on Spark', () => {
  let kafka: Kafka
  let spark: Spark
  let prefixes = 0
  beforeAll(async () => {
    ;[kafka, spark] = await Promise.all([startKafka(), startSpark()])
  }, HANG_MS)
  afterAll(async () => {
    await Promise.all([kafka?.close(), spark?.close()])
  }, HANG_MS)

  function place({ triggerMs }: { triggerMs?: number } = {}) {
    const where = { brokers: [kafka.address], topicPrefix: `votes${prefixes++}-` }
    const checkpoint = `${spark.checkpoints}/${where.topicPrefix}`
    return {
      where,
      checkpoint,
      job: ballotJob({ kafka: where, checkpoint, ...(triggerMs && { triggerMs }) }),
    }
  }

  test(
    'every golden vector gives the tallies it should, byte for byte, and the same faults',
    async () => {
      const { where, job } = place()
      const vectors = tallyVectors()
      // A query's first batches cost seconds, so all vectors share one, each in its own show.
      const { counts, letters } = await countOnSpark({
        spark: spark.address,
        kafka: where,
        job,
        from: 'ballots',
        to: 'tallies',
        records: vectors.flatMap((vector, i) =>
          vector.records.map(({ timestampMs, key, ballot, text }) => ({
            timestampMs,
            key,
            text: apart(text ?? JSON.stringify(ballot), i),
          })),
        ),
      })
      const said = counts.map(({ key, value }) => `${key} ${text.decode(value)}`)
      // Everything was there from the start, so it is one batch: one version, and each cell once.
      const version = Number(/"version":(\d+)/.exec(said[0]!)![1])
      const wanted = vectors.flatMap((vector, i) =>
        vector.cells.map(({ show, poll, segment, choice, mark, count }) => {
          const cell: TallyCell = { show: `v${i}-${show}`, poll, segment, choice, mark, count, version }
          const { key, value } = tallies.encode(cell)
          return `${key} ${text.decode(value)}`
        }),
      )
      expect(said.toSorted()).toEqual(wanted.toSorted())
      const faults = vectors.flatMap((vector) => vector.faults ?? [])
      expect(letters.map(({ value }) => JSON.parse(text.decode(value)).reason)).toEqual(faults)
    },
    HANG_MS,
  )

  const apart = (record: string, vector: number): string =>
    record.replace(/"show":"([a-z0-9~-]+)"/, `"show":"v${vector}-$1"`)

  test(
    'Spark and the fold judge every record alike, whatever is in it, and count the same',
    async () => {
      const { where, job } = place()
      const values = hostileRecords('ballots', { seed: SEED, count: 2000 })
      const { counts, letters } = await countOnSpark({
        spark: spark.address,
        kafka: where,
        job,
        from: 'ballots',
        to: 'tallies',
        records: values.map((value) => ({ timestampMs: 1_795_349_712_000, text: value })),
      })
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
    },
    HANG_MS,
  )

  test(
    'of ballots with one ordinal in one batch the first in the log counts, in every partition',
    async () => {
      const { where, job } = place()
      const crowd = new Crowd(7)
      const ballots = Array.from({ length: 6_000 }, () => crowd.next())
      const { counts } = await countOnSpark({
        spark: spark.address,
        kafka: where,
        job,
        from: 'ballots',
        to: 'tallies',
        partitions: 3,
        records: ballots.map(recordOf),
      })
      expect(newestOf(counts)).toEqual(crowd.expected())
    },
    HANG_MS,
  )

  test(
    'what Spark counts is what the law says of legal logs, each in a poll of its own',
    async () => {
      const { where, job } = place()
      const logs = Array.from({ length: 80 }, (_, i) => legalLog(seededRandom(i), `law-${i}`))
      const { counts } = await countOnSpark({
        spark: spark.address,
        kafka: where,
        job,
        from: 'ballots',
        to: 'tallies',
        partitions: 3,
        records: logs.flatMap(({ records }) => records.map(({ ballot }) => recordOf(ballot))),
      })
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
    },
    HANG_MS,
  )

  test(
    'tallies are exact through a kill -9 of Spark, and a batch executed again says the same',
    async () => {
      const { where, checkpoint, job } = place({ triggerMs: 500 })
      await withAdmin(where, (admin) => createTopics(admin, where, { partitions: 2, replication: 1 }))
      const log = await openKafkaLog(where)
      const tallies = new Tallies(log)
      const crowd = new Crowd(11)
      const start = () =>
        startSparkAggregate({ spark: spark.address, jobs: [job], logger, clock: systemClock })
      let counting = start()
      const send = async (batches: number) => {
        for (let i = 0; i < batches; i++) {
          await log.append(
            'ballots',
            Array.from({ length: 200 }, () => ballotRecords.encode(crowd.next())),
          )
        }
      }
      const counted = () => tallies.until((cells) => Bun.deepEquals(cells, crowd.expected()))
      await send(20)
      await counted()
      const sending = send(60)
      await spark.server.kill()
      await sending
      await spark.server.start()
      await counted()
      expect(tallies.contradictions).toEqual([])

      // Without the commit file of a batch, Spark repeats it, as after a crash between the sink and the commit.
      await send(1)
      await counted()
      await counting.stop()
      const commits = `${checkpoint}/tallies/commits`
      const newest = Math.max(
        ...[...new Bun.Glob('*').scanSync({ cwd: commits })].map(Number).filter(Number.isInteger),
      )
      for (const file of [`${newest}`, `.${newest}.crc`]) await rm(`${commits}/${file}`, { force: true })
      counting = start()
      await send(1)
      await counted()
      expect(tallies.repeated).toBeGreaterThan(0)
      expect(tallies.contradictions).toEqual([])
      await counting.stop()
      await log.close()
    },
    HANG_MS,
  )
})

/** Voters who vote, change, send twice at once, and whose ballots are written again. */
class Crowd {
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

function newestOf(records: StoredRecord[]): Record<string, number> {
  const cells = records.map(({ value }) => JSON.parse(text.decode(value)) as TallyCell)
  return Object.fromEntries(
    cells.toSorted((a, b) => a.version - b.version).map((cell) => [tallyKey(cell), cell.count]),
  )
}

/** Reads the tallies as a consumer should, and checks their guarantees. */
class Tallies {
  /** Versions of a key that arrived with two different counts: must stay empty. */
  readonly contradictions: string[] = []
  repeated = 0
  readonly #said = new Map<string, string>()
  readonly #cells = new Map<string, TallyCell>()
  #wake: (() => void)[] = []

  constructor(log: Log) {
    log.consume('tallies', (batch) => {
      for (const { key, value } of batch) this.#take(key!, text.decode(value))
      for (const wake of this.#wake.splice(0)) wake()
    })
  }

  #take(key: string, said: string): void {
    const cell = JSON.parse(said) as TallyCell
    const name = `${key}@${cell.version}`
    const before = this.#said.get(name)
    if (before === said) this.repeated++
    else if (before !== undefined) this.contradictions.push(`${before} and ${said}`)
    this.#said.set(name, said)
    if ((this.#cells.get(key)?.version ?? 0) <= cell.version) this.#cells.set(key, cell)
  }

  async until(condition: (cells: Record<string, number>) => boolean): Promise<void> {
    const now = () => Object.fromEntries([...this.#cells].map(([key, { count }]) => [key, count]))
    while (!condition(now())) await new Promise<void>((wake) => this.#wake.push(wake))
  }
}
