import { expect, test } from 'bun:test'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import pino from 'pino'
import { type Clock, systemClock } from '../../adapters/clock/clock.ts'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import type { Log } from '../../adapters/log/log.ts'
import { ReactionWindows } from '../../engine/reaction-windows.ts'
import { type Cell, cellKey } from '../../protocol/cell.ts'
import { cells } from '../../protocol/records/cells.ts'
import { slices as sliceRecords } from '../../protocol/records/slices.ts'
import { reactionJob } from '../../services/aggregate/spark/reactions.ts'
import { type SparkAggregate, startSparkAggregate } from '../../services/aggregate/spark/supervisor.ts'
import { hostileRecords } from '../hostile-records.ts'
import type { SmallDisk } from '../small-disk.ts'
import { until } from '../until.ts'
import { type CellVector, cellVectors, textOf } from '../vectors.ts'
import { Counted } from './counted.ts'
import { patientLog } from './patient-log.ts'
import { Sender } from './sender.ts'
import { type SparkOnKafka, UNHURRIED_MS, untilTrouble, untilWell } from './spark-on-kafka.ts'
import { countOnSpark, expectVectors, faultsOf, type TimedRecord } from './spark-run.ts'

const logger = pino({ level: 'silent' })
const SEED = Number(process.env.SEED ?? 1)

/** Tests of reactions that Spark counts. `disk`: a small one for checkpoints. */
export function reactionsOnSpark(on: SparkOnKafka, disk: SmallDisk | undefined): void {
  let prefixes = 0
  const address = () => ({ brokers: [on.kafka.address], topicPrefix: `test${prefixes++}-` })

  /** What Spark makes of these records, on topics of their own. */
  function count(records: TimedRecord[], options: { windowMs?: number } = {}) {
    const kafka = address()
    const checkpoint = `${on.spark.checkpoints}/${kafka.topicPrefix}`
    return countOnSpark({
      ...{ spark: on.spark.address, kafka, records },
      ...{ job: reactionJob({ kafka, checkpoint, ...options }), from: 'reactions', to: 'counts' },
    })
  }

  /** A log with its topics, and a supervisor of the aggregation between them. */
  async function startCounting(checkpoints = on.spark.checkpoints): Promise<{
    log: Log
    checkpoint: string
    counted: Counted
    restart: (options?: { clock?: Clock }) => SparkAggregate
  }> {
    const where = address()
    await withAdmin(where, (admin) => createTopics(admin, where, { partitions: 2, replication: 1 }))
    const log = await patientLog(where)
    const checkpoint = `${checkpoints}/${where.topicPrefix}`
    return {
      log,
      checkpoint,
      counted: new Counted(log),
      restart: ({ clock = systemClock } = {}) =>
        startSparkAggregate({
          spark: on.spark.address,
          jobs: [reactionJob({ kafka: where, checkpoint, triggerMs: UNHURRIED_MS })],
          logger,
          clock,
        }),
    }
  }

  /** The same, by the hurried clock, with a sender whose first taps are counted. */
  async function startHurried(checkpoints?: string) {
    const { restart, ...begun } = await startCounting(checkpoints)
    const sender = new Sender(begun.log)
    const aggregate = restart({ clock: hurried })
    const countMore = async () => {
      await sender.send(2)
      await begun.counted.until(({ total }) => total >= sender.accepted)
      await untilWell(aggregate)
    }
    await countMore()
    const endExact = async () => {
      await countMore()
      expect(begun.counted.total).toBe(sender.accepted)
      expect(begun.counted.contradictions).toEqual([])
      await aggregate.stop()
      await begun.log.close()
    }
    return { ...begun, sender, aggregate, countMore, endExact }
  }

  test('every golden vector gives the cells it should, byte for byte', async () => {
    const byWindow = Map.groupBy([...cellVectors(), everySample()], ({ windowMs }) => windowMs)
    for (const [windowMs, vectors] of byWindow) {
      // A query's first batches cost seconds, so vectors with the same window share one, each with its own shows and producers.
      const records = vectors.flatMap((vector, i) =>
        vector.records.map((record) => ({
          timestampMs: record.timestampMs,
          text: apart(textOf(record), i),
        })),
      )
      const counted = await count(records, { windowMs })
      expectVectors(counted, vectors, (cell) => cells.encode(cell))
    }
  })

  const apart = (record: string, vector: number): string =>
    record.replace(/"(show|producer)":"([a-z0-9~-]+)"/g, `"$1":"v${vector}-$2"`)

  test('Spark and the engine judge every record alike, whatever is in it, and count the same', async () => {
    const at = 1_795_349_712_000
    const huge = Array.from({ length: 1100 }, (_, i) =>
      sliceRecords.encode({
        ...{ show: 'huge', producer: 'in-1', sequence: 1_000_000 + i, from: 0, to: 0 },
        ...{ segment: [''], sticker: ['heart'], count: [Number.MAX_SAFE_INTEGER] },
      }),
    )
    const values = [
      ...hostileRecords('reactions', { seed: SEED, count: 2000 }),
      ...huge.map(({ value }) => value),
    ]
    const { counts, letters } = await count(values.map((value) => ({ timestampMs: at, text: value })))
    const windows = new ReactionWindows({ windowMs: 2000 })
    const faults: Record<number, string> = {}
    for (const [offset, value] of values.entries()) {
      const slice = sliceRecords.decode(value)
      if (typeof slice === 'string') faults[offset] = slice
      else windows.add(slice, at)
    }
    expect(faultsOf(letters)).toEqual(faults)
    // Java formats samples with other digits, so cells are compared as numbers.
    const counted = counts.map(({ value }) => cells.decode(value) as Cell)
    const { version } = counted[0]!
    const wanted = windows.changed(version)
    expect(byKey(counted)).toEqual(byKey(wanted))
    expect(counted.find(({ show }) => show === 'huge')!.count).toBe(Number.MAX_SAFE_INTEGER)
  })

  const byKey = (counted: Cell[]) => Object.fromEntries(counted.map((cell) => [cellKey(cell), cell]))

  test('all cells of a batch reach the log as one, so that deliver can tell them in one packet', async () => {
    const { log, counted, restart } = await startCounting()
    const sender = new Sender(log)
    const counting = restart()
    for (let batch = 0; batch < 10; batch++) {
      // As many cells as more slices would make, and soon enough sent to be in one batch.
      await sender.send(2)
      await counted.until(({ total }) => total >= sender.accepted)
    }
    const times = [...counted.takenMs.values()].map(({ size }) => size)
    expect(times).toEqual(times.map(() => 1))
    await counting.stop()
    await log.close()
  })

  test('a Spark or a Kafka that hangs, a checkpoint that is gone and a query that ends in each batch are said until they are over, and lose nothing', async () => {
    const { log, checkpoint, sender, aggregate, countMore, endExact } = await startHurried()

    on.spark.server.freeze()
    await untilTrouble(aggregate, 'does not answer')
    on.spark.server.thaw()
    await countMore()

    on.kafka.broker.freeze()
    await untilTrouble(aggregate, 'makes no progress on the batch of reactions: it waits for Kafka')
    on.kafka.broker.thaw()
    await until(() => log.state() === 'up')
    await countMore()

    await rename(checkpoint, `${checkpoint}-away`)
    await untilTrouble(aggregate, `${checkpoint} has disappeared`)
    // A batch in progress has written to the old place: without its files the checkpoint would be incomplete.
    on.spark.server.freeze()
    await moveInto(`${checkpoint}-away`, checkpoint)
    await rename(`${checkpoint}-away`, checkpoint)
    on.spark.server.thaw()
    await countMore()

    // A batch can be counted but not committed.
    const commits = `${checkpoint}/cells/commits`
    await rename(commits, `${commits}-away`)
    await writeFile(commits, '')
    const { starts } = aggregate.counters.reactions!
    await sender.send(1)
    await untilTrouble(aggregate, 'Spark: ')
    const said: (string | undefined)[] = []
    const unfollow = aggregate.onTrouble((trouble) => said.push(trouble))
    while (aggregate.counters.reactions!.starts < starts + 3) await Bun.sleep(100)
    expect(said).not.toContain(undefined)
    unfollow()
    await rm(commits)
    await rename(`${commits}-away`, commits)
    await endExact()
  })

  test.skipIf(disk === undefined)(
    'a checkpoint whose disk is full is said until there is room, and loses nothing',
    async () => {
      const { sender, aggregate, endExact } = await startHurried(disk!.path)
      disk!.fill()
      await sender.send(2)
      await untilTrouble(aggregate, 'No space left on device')
      disk!.empty()
      await endExact()
    },
  )

  test('a checkpoint that was begun with another window is refused in a sentence', async () => {
    const where = address()
    await withAdmin(where, (admin) => createTopics(admin, where, { partitions: 1, replication: 1 }))
    const checkpoint = `${on.spark.checkpoints}/${where.topicPrefix}`
    const start = (windowMs?: number) =>
      startSparkAggregate({
        spark: on.spark.address,
        jobs: [reactionJob({ kafka: where, checkpoint, ...(windowMs && { windowMs }) })],
        logger,
        clock: systemClock,
      })
    const first = start()
    await new Promise<void>((up) => first.onTrouble((trouble) => trouble === undefined && up()))
    await first.stop()
    const other = start(5000)
    const refusal = await other.done.catch((error: Error) => error.message)
    expect(refusal).toContain('belongs to another query: it counts reactions of')
    expect(refusal).toContain('in windows of 2000 ms')
    expect(other.counters.reactions!.starts).toBe(0)
    await other.close()
  })
}

/** Ten times as fast as real time, so that periodic work of each second and each ten seconds is soon done. */
const hurried: Clock = {
  now: () => 10 * systemClock.now(),
  passedMs: () => 10 * systemClock.passedMs(),
  offMs: () => 0,
  after: (ms, callback) => systemClock.after(ms / 10, callback),
}

/** Moves every file of a folder into another one by renaming, so that files being written stay the same files. */
async function moveInto(to: string, from: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) continue
    const folder = join(to, relative(from, entry.parentPath))
    await mkdir(folder, { recursive: true })
    await rename(join(entry.parentPath, entry.name), join(folder, entry.name))
  }
  await rm(from, { recursive: true, force: true })
}

/** Each sampling share that a server may use, as Java and JavaScript format it. */
function everySample(): CellVector {
  const at = 1_795_349_712_000
  const shares = Array.from({ length: 63 }, (_, i) => i + 2)
  return {
    name: 'every sample is written the same',
    windowMs: 2000,
    records: shares.map((n) => ({
      timestampMs: at,
      slice: {
        ...{ show: 'final', producer: 'in-1', sequence: n, from: at, to: at },
        ...{ segment: [`s${n}`], sticker: ['heart'], count: [n], sample: 1 / n },
      },
    })),
    cells: shares.map((n) => ({
      ...{ show: 'final', window: at, segment: `s${n}`, sticker: 'heart', count: n, sample: 1 / n },
    })),
  }
}
