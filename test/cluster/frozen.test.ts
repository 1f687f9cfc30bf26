import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { cells } from '../../protocol/records/cells.ts'
import { control } from '../../protocol/records/control.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { until } from '../until.ts'
import { deliverWindows, launchRole, logFlags } from './launch-role.ts'
import { patientLog } from './patient-log.ts'
import { postgresFolder, startPostgres } from './postgres.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const WINDOW_MS = 250
/** How long it stands still after a poll was closed: hardly, and longer than a vote waits for the log. */
const FROZEN_MS = [500, 8_000]
/** Until nothing that is decided from now on is in the answer that it waited for. */
const ASKED_MS = 1_000
const VOTES = 40

/** A Kafka for the tests of a group, and what they close after themselves. */
function withKafka() {
  const closers: (() => unknown)[] = []
  let kafka: SharedKafka
  beforeAll(async () => {
    kafka = await sharedKafka()
  }, HANG_MS)
  afterAll(async () => {
    for (const close of closers.reverse()) await close()
    await kafka?.close()
  }, HANG_MS)
  return {
    later: (close: () => unknown) => void closers.push(close),
    /** Topics of their own. */
    async topics() {
      const address = { brokers: [kafka.address], topicPrefix: kafka.prefix }
      await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
      return address
    },
  }
}

describe.skipIf(!(needs('java') && needs('mvn')))('an ingest that stands still', () => {
  const { later, topics } = withKafka()

  test('while a poll is closed takes none of the votes that waited for it, and goes on with the next poll', async () => {
    const folder = temporaryFolder()
    later(() => folder.remove())
    const address = await topics()
    const flags = [
      ...logFlags(address),
      ...['--store', `sqlite:${join(folder.path, 'roar.db')}`, '--auth-secret', SECRET],
    ]
    const launch = (role: RoleName) => launchRole({ role, later, flags })
    const studio = await launch('studio')
    await studio.until(200)
    const producer = votingClient(studio.url)
    const polls = [...FROZEN_MS.map((ms) => `after-${ms}`), 'next']
    for (const poll of polls) expect((await producer.create(poll)).status).toBe(201)
    const ingest = await launch('ingest')
    await ingest.until(200)
    const vote = async (poll: string, voter: string) => {
      const { status, problem } = await votingClient(ingest.url).vote(poll, tokenOf(voter), {
        choice: 'anna',
      })
      return status === 201 ? 'a receipt' : problem.code
    }
    const open = async (poll: string) => {
      expect((await producer.act(poll, 'open')).status).toBe(200)
      await until(
        () => vote(poll, 'first'),
        (outcome) => outcome === 'a receipt',
      )
    }
    for (const frozenMs of FROZEN_MS) {
      const poll = `after-${frozenMs}`
      await open(poll)
      ingest.child.kill('SIGSTOP')
      await Bun.sleep(ASKED_MS)
      expect((await producer.act(poll, 'close')).status).toBe(200)
      const waiting = Array.from({ length: VOTES }, (_, i) => vote(poll, `v${i}`))
      await Bun.sleep(frozenMs)
      ingest.child.kill('SIGCONT')
      const outcomes = await Promise.all(waiting)
      expect(outcomes.filter((outcome) => outcome === 'a receipt')).toEqual([])
    }
    await open('next')
    for (const { child } of [ingest, studio]) {
      child.kill('SIGTERM')
      expect(await child.exited).toBe(0)
    }
  })
})

/** So often one of two delivers stands still while it is active. */
const TAKE_OVERS = 2

const hasPrograms = [
  ...[needs('java'), needs('mvn'), needs('mosquitto')],
  needs('postgres', postgresFolder() !== undefined),
].every(Boolean)

describe.skipIf(!hasPrograms)('a deliver that stands still', () => {
  const { later, topics } = withKafka()

  test('in the middle of a write while another takes over puts nothing older over what that one has published', async () => {
    const address = await topics()
    const [broker, postgres] = await Promise.all([startMosquitto(), startPostgres()])
    later(() => broker.close())
    later(() => postgres.close())
    const log = await patientLog(address)
    later(() => log.close())
    await log.append('control', [control.encode(DEMO_SHOW)])
    // As the broker has them, for a client that takes each packet for the newest.
    const packets: MoodPacket[] = []
    const viewer = mqttPubSub({ url: broker.url, subscribesOnly: true })
    later(() => viewer.close())
    viewer.subscribe('roar/final/mood', ({ payload }) => {
      packets.push(JSON.parse(new TextDecoder().decode(payload)) as MoodPacket)
    })
    const flags = [
      ...logFlags(address),
      ...['--store', postgres.url, '--pubsub', broker.url, ...deliverWindows(WINDOW_MS)],
    ]
    const launch = () => launchRole({ role: 'deliver', flags, later })
    let version = 1_000_000 * WINDOW_MS
    let total = 0
    const count = async (reactions: number) => {
      version += WINDOW_MS
      total += reactions
      const of = { show: 'final', window: version, segment: 'home', sticker: 'heart', version }
      await log.append('counts', [cells.encode({ ...of, count: reactions })])
    }
    const arrives = () =>
      until(
        () => packets.at(-1)?.total,
        (newest) => newest === total,
      )
    let active = await launch()
    await active.until(200)
    let standby = await launch()
    await standby.until(200)
    for (let takeOver = 0; takeOver < TAKE_OVERS; takeOver++) {
      await count(7)
      await arrives()
      postgres.freeze()
      await count(2)
      // Its write is on its way, and the database has it once it goes on.
      await active.until(503)
      active.child.kill('SIGSTOP')
      postgres.thaw()
      await count(3)
      await arrives()
      await count(4)
      await arrives()
      active.child.kill('SIGCONT')
      await active.until(200)
      await count(5)
      await arrives()
      ;[active, standby] = [standby, active]
    }
    for (const { child } of [active, standby]) {
      child.kill('SIGTERM')
      expect(await child.exited).toBe(0)
    }
    expect(packets.map(({ at }) => at)).toEqual(packets.map(({ at }) => at).toSorted((a, b) => a - b))
    expect(packets.map((packet) => packet.total)).toEqual(
      packets.map((packet) => packet.total).toSorted((a, b) => a - b),
    )
    expect(packets.at(-1)!.total).toBe(total)
  })
})
