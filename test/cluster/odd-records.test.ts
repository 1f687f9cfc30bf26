import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { CompressionAlgorithms, ConfigResourceTypes, Producer } from '@platformatic/kafka'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { needsKey } from '../../adapters/kafka/topics.ts'
import type { Log, LogTopic } from '../../adapters/log/log.ts'
import type { RoleName } from '../../deploy/cluster/cluster.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { deadLetters } from '../../protocol/records/dead-letters.ts'
import { CODECS } from '../../protocol/records/records.ts'
import { startAggregate } from '../../services/aggregate/aggregate.ts'
import { startTally } from '../../services/polls/tally.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { until } from '../until.ts'
import { deliverWindows, launchRole, logFlags } from './launch-role.ts'
import { patientLog } from './patient-log.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const WINDOW_MS = 250
const TOPICS = Object.keys(CODECS) as LogTopic[]
/** Topics read by a group, or on behalf of all: their invalid records are dead-lettered. */
const BURIED: LogTopic[] = ['reactions', 'counts', 'posts', 'ballots', 'room-moments']
const MEBIBYTE = 2 ** 20

const text = (value: string) => Buffer.from(value)
/** Values that Roar never writes; no reader of any topic may fail on them. */
const ODD: (Buffer | undefined)[] = [
  // A tombstone.
  undefined,
  ...[
    '',
    '{',
    'null',
    '[]',
    '{}',
    '"final"',
    '{"show":1}',
    '{"show":"final\\n"}',
    '{"v":99}',
    '{"v":1e999}',
  ].map(text),
  text('{"show":"final","show":"final"}'),
  text(`{"show":${'['.repeat(10_000)}`),
  text(`{"show":"final","count":${'9'.repeat(400)}}`),
  Buffer.from([0xff, 0xfe, 0x00]),
  text('\ufeff{}'),
]
const HEADERS = new Map([
  [text('traceparent'), text('no trace')],
  [text(''), text('')],
  [text('x-large'), text('y'.repeat(5000))],
])
const COMPRESSIONS = Object.values(CompressionAlgorithms)

describe.skipIf(!(needs('java') && needs('mvn')))(
  'records that are none, in every topic of a cluster',
  () => {
    const folder = temporaryFolder()
    const closers: (() => unknown)[] = []
    const later = (close: () => unknown) => void closers.push(close)
    let address: { brokers: string[]; topicPrefix: string }
    let kafka: SharedKafka
    let log: Log
    beforeAll(async () => {
      kafka = await sharedKafka()
      later(() => kafka.close())
      address = { brokers: [kafka.address], topicPrefix: kafka.prefix }
      await withAdmin(address, async (admin) => {
        await createTopics(admin, address, { partitions: 2, replication: 1 })
        // Someone raised the limit on sizes.
        await admin.incrementalAlterConfigs({
          resources: TOPICS.map((topic) => ({
            resourceType: ConfigResourceTypes.TOPIC,
            resourceName: `${address.topicPrefix}${topic}`,
            configs: [{ name: 'max.message.bytes', value: String(8 * MEBIBYTE), configOperation: 0 }],
          })),
        })
      })
      log = await patientLog(address)
      later(() => log.close())
      const given = { log, logger: pino({ level: 'silent' }), health: UNSUPERVISED }
      // Instead of Spark.
      const aggregate = startAggregate({ ...given, windowMs: WINDOW_MS })
      const tally = startTally({ ...given, clock: systemClock, everyMs: WINDOW_MS, skip: () => false })
      later(() => Promise.all([aggregate.drain(), tally.drain()]))
    }, HANG_MS)
    afterAll(async () => {
      for (const close of closers.reverse()) await close()
      folder.remove()
    }, HANG_MS)

    async function start() {
      const flags = [...logFlags(address), ...['--store', `sqlite:${join(folder.path, 'roar.db')}`]]
      const signs = ['--auth-secret', SECRET]
      const launch = (role: RoleName, ...more: string[]) =>
        launchRole({ role, flags: [...flags, ...more], later })
      const roles = {
        studio: await launch('studio', ...signs),
        ingest: await launch('ingest', ...signs, '--slice-ms', '100'),
        deliver: await launch('deliver', ...deliverWindows(WINDOW_MS)),
      }
      for (const role of Object.values(roles)) await role.until(200)
      return roles
    }
    type Roles = Awaited<ReturnType<typeof start>>

    /** Writes every odd record to each topic, the compressions in turn, then one of 2 MiB; a transaction's marker comes last. */
    async function writeOdd(): Promise<void> {
      const given = { clientId: 'another', bootstrapBrokers: address.brokers }
      const named = (topic: LogTopic) => `${address.topicPrefix}${topic}`
      const large = Array.from({ length: 20 }, () => crypto.getRandomValues(Buffer.alloc(65_536)))
      const producer = new Producer({ ...given, retries: 0 })
      for (const [i, topic] of TOPICS.entries()) {
        const message = (value: Buffer | undefined, n: number) => ({
          ...{ topic: named(topic), partition: 0 },
          // Compacted topics refuse records without a key.
          ...((needsKey(topic) || n % 3 > 0) && {
            key: n % 3 === 1 ? Buffer.from([0xff, 0x00]) : text('k'.repeat(10_000)),
          }),
          ...(value !== undefined && { value }),
          headers: HEADERS,
        })
        const compression = COMPRESSIONS[i % COMPRESSIONS.length]!
        await producer.send({ messages: [...ODD, ...large].map(message), compression, acks: -1 })
        await producer.send({ messages: [message(Buffer.alloc(2 * MEBIBYTE, 'x'), 1)], acks: -1 })
      }
      await producer.close()
      const transactional = new Producer({ ...given, idempotent: true, transactionalId: kafka.prefix })
      const transaction = await transactional.beginTransaction()
      const messages = TOPICS.map((topic) => ({
        topic: named(topic),
        partition: 0,
        key: text('k'),
        value: text('{'),
      }))
      await transaction.send({ messages })
      await transaction.commit()
      await transactional.close()
    }

    let voters = 0
    let taps = 0
    /** What viewers and producers do, from end to end. */
    async function everythingWorks({ studio, ingest, deliver }: Roles): Promise<void> {
      const body = '{"stickers":{"heart":3},"segment":"home"}'
      expect((await fetch(`${ingest.url}/v1/shows/final/reactions`, { method: 'POST', body })).status).toBe(
        202,
      )
      taps += 3
      const mood = async () =>
        ((await (await fetch(`${deliver.url}/v1/shows/final/mood`)).json()) as MoodPacket).total ?? 0
      expect(await until(mood, (total) => total >= taps)).toBe(taps)

      const producer = votingClient(studio.url)
      const poll = `mvp${voters}`
      expect((await producer.create(poll)).status).toBe(201)
      expect((await producer.act(poll, 'open')).status).toBe(200)
      const viewer = votingClient(ingest.url)
      const token = tokenOf(`v${voters++}`, { name: 'Ann' })
      const vote = async () => (await viewer.vote(poll, token, { choice: 'anna' })).status
      await until(vote, (status) => status === 201 || status === 200)
      await viewer.counted(poll, 1)
      expect((await producer.act(poll, 'close')).status).toBe(200)

      const headers = { authorization: `Bearer ${token}` }
      const call = async (path: string, body: object) => {
        const answer = await fetch(`${ingest.url}/v1/shows/final/${path}`, {
          ...{ method: 'POST', headers, body: JSON.stringify(body) },
        })
        return {
          status: answer.status,
          ...((await answer.json()) as { post?: { id: string }; room?: string }),
        }
      }
      const { status, post } = await call('posts', { sticker: 'six' })
      expect(status).toBe(202)
      const feed = async () => (await fetch(`${deliver.url}/v1/shows/final/feed`)).text()
      await until(feed, (posts) => posts.includes(post!.id))
      expect((await call('rooms', {})).room).toBeString()
    }

    test('they are set aside, named with their places, and hold up nobody: not who runs, and not who starts', async () => {
      const before = await start()
      await everythingWorks(before)
      await writeOdd()
      await everythingWorks(before)
      for (const { child } of Object.values(before)) child.kill('SIGTERM')
      for (const { child } of Object.values(before)) expect(await child.exited).toBe(0)
      const said = (await Promise.all(Object.values(before).map((role) => role.said()))).join('')
      for (const topic of [
        'control',
        'counts',
        'posts',
        'held',
        'tallies',
        'rooms',
        'room-moments',
        'sightings',
      ])
        expect(said).toContain(`the record of ${topic} at 0/`)
      await everythingWorks(await start())

      const letters = new Map<LogTopic, Set<number>>()
      const reader = log.consume('dead-letters', (batch) => {
        for (const { value } of batch) {
          const letter = deadLetters.decode(value)
          // Odd records were written to this topic, too.
          if (typeof letter === 'string') continue
          letters.set(letter.topic, (letters.get(letter.topic) ?? new Set()).add(letter.offset))
        }
      })
      await reader.caughtUp()
      for (const topic of BURIED)
        expect({ topic, letters: letters.get(topic)?.size }).toEqual({ topic, letters: ODD.length + 22 })
    })
  },
)
