import { expect, test } from 'bun:test'
import { readdir, rm } from 'node:fs/promises'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import type { Log } from '../../adapters/log/log.ts'
import { ballots as ballotRecords } from '../../protocol/records/ballots.ts'
import { deadLetters } from '../../protocol/records/dead-letters.ts'
import { ballotJob } from '../../services/aggregate/spark/ballots.ts'
import { reactionJob } from '../../services/aggregate/spark/reactions.ts'
import { startSparkAggregate } from '../../services/aggregate/spark/supervisor.ts'
import { HANG_MS } from '../hang.ts'
import { until } from '../until.ts'
import { Counted } from './counted.ts'
import { Crowd } from './crowd.ts'
import { patientLog } from './patient-log.ts'
import { Sender } from './sender.ts'
import { type SparkOnKafka, UNHURRIED_MS, untilTrouble, untilWell } from './spark-on-kafka.ts'

const ATTEMPTS_MAX = 10

/** Tests of a Spark that is killed while it counts, reactions and votes at once as in `roar aggregate`. */
export function sparkKilled(on: SparkOnKafka): void {
  test(
    'with -9, records sent twice and records that nobody can read, every count is exact, and a batch executed again says the same, byte for byte',
    async () => {
      const where = { brokers: [on.kafka.address], topicPrefix: 'killed-' }
      await withAdmin(where, (admin) => createTopics(admin, where, { partitions: 2, replication: 1 }))
      const log = await patientLog(where)
      const checkpoint = `${on.spark.checkpoints}/killed`
      const of = { reactions: `${checkpoint}/reactions`, ballots: `${checkpoint}/ballots` }
      const jobs = [
        reactionJob({ kafka: where, checkpoint: of.reactions, triggerMs: UNHURRIED_MS }),
        ballotJob({ kafka: where, checkpoint: of.ballots, triggerMs: UNHURRIED_MS }),
      ]
      const start = () =>
        startSparkAggregate({
          ...{ spark: on.spark.address, jobs, clock: systemClock },
          logger: pino({ level: 'silent' }),
        })
      const [taps, votes] = [new Sender(log), new Voters(log)]
      const [counted, tallies] = [new Counted(log), new Counted(log, 'tallies')]
      const allCounted = async () => {
        await counted.until(({ total }) => total >= taps.accepted)
        expect(counted.total).toBe(taps.accepted)
        await tallies.until(({ counts }) => Bun.deepEquals(counts, votes.expected()))
        expect([...counted.contradictions, ...tallies.contradictions]).toEqual([])
      }
      let aggregate = start()
      await Promise.all([taps.send(20), votes.send(20)])
      await allCounted()
      await untilWell(aggregate)

      const tapping = taps.send(200)
      await counted.until(({ total }) => total > taps.accepted / 4)
      const voting = votes.send(60)
      await on.spark.server.kill()
      await untilTrouble(aggregate, 'does not answer')
      await log.append('reactions', [{ key: null, value: new TextEncoder().encode('boom {') }])
      await on.spark.server.start()
      await Promise.all([tapping, voting])
      await allCounted()

      // The supervisor dies too, and the next one finds the queries running.
      await aggregate.close()
      await Promise.all([taps.send(20), votes.send(1)])
      aggregate = start()
      await allCounted()
      await untilWell(aggregate)
      const { reactions, ballots } = aggregate.counters
      expect([reactions!.starts, ballots!.starts, reactions!.lateRows]).toEqual([0, 0, 0])
      await until(() => reactions!.deadLetters > 0)
      expect([reactions!.deadLetters, ballots!.deadLetters]).toEqual([1, 0])
      expect(await lettersOf(log)).toEqual([
        ['reactions', 'not a JSON object', Buffer.from('boom {').toString('base64')],
      ])

      const repeated = [counted, tallies].map((read) => read.repeated)
      const isRepeated = () => [counted, tallies].every((read, i) => read.repeated > repeated[i]!)
      // A batch that is stopped in the middle may have written nothing yet, and then repeats nothing.
      for (let attempt = 0; attempt < ATTEMPTS_MAX && !isRepeated(); attempt++) {
        await Promise.all([taps.send(10), votes.send(1)])
        await allCounted()
        await aggregate.stop()
        for (const query of [`${of.reactions}/cells`, `${of.ballots}/tallies`]) await forgetNewest(query)
        aggregate = start()
        await Promise.all([taps.send(10), votes.send(1)])
        await allCounted()
      }
      expect(isRepeated()).toBe(true)
      await aggregate.stop()
      await log.close()
    },
    // Longer than others: it starts Spark again, and its queries three times.
    2 * HANG_MS,
  )
}

/** Sends a crowd's ballots, some dozens at once: more would be more work for Spark, and nothing else. */
class Voters {
  readonly #crowd = new Crowd(11)
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  async send(batches: number): Promise<void> {
    for (let i = 0; i < batches; i++) {
      const batch = Array.from({ length: 50 }, () => ballotRecords.encode(this.#crowd.next()))
      await this.#log.append('ballots', batch)
    }
  }

  expected(): Record<string, number> {
    return this.#crowd.expected()
  }
}

/** Without the commit of a batch Spark executes it again, as after a crash between the sink and the commit. */
async function forgetNewest(query: string): Promise<void> {
  const newestIn = async (folder: string) =>
    Math.max(...(await readdir(`${query}/${folder}`)).map(Number).filter(Number.isInteger))
  const newest = await newestIn('commits')
  // What has begun and has no commit yet is executed again anyway.
  if ((await newestIn('offsets')) > newest) return
  for (const file of [`${newest}`, `.${newest}.crc`]) await rm(`${query}/commits/${file}`, { force: true })
}

/** Topic, reason and value of each dead letter. */
async function lettersOf(log: Log): Promise<string[][]> {
  const letters: string[][] = []
  const reader = log.consume('dead-letters', (batch) => {
    for (const { value } of batch) {
      const letter = deadLetters.decode(value)
      if (typeof letter === 'string') throw new Error(letter)
      letters.push([letter.topic, letter.reason, letter.value])
    }
  })
  await reader.caughtUp()
  await reader.close()
  return letters
}
