import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import pino from 'pino'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { type Kafka, startKafka } from '../../deploy/programs/kafka.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { control } from '../../protocol/records/control.ts'
import { startAggregate } from '../../services/aggregate/aggregate.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { SECRET } from '../polls/voting.ts'
import { smallDisk } from '../small-disk.ts'
import { until } from '../until.ts'
import { launchRole, logFlags } from './launch-role.ts'
import { patientLog } from './patient-log.ts'

const WINDOW_MS = 250
const DISK_BYTES = 64 * 2 ** 20

const disk = needs('java') && needs('mvn') ? smallDisk(DISK_BYTES) : undefined

describe.skipIf(disk === undefined)('a Kafka whose disk is full', () => {
  const folder = temporaryFolder()
  const closers: (() => unknown)[] = []
  const later = (close: () => unknown) => void closers.push(close)
  let kafka: Kafka
  beforeAll(async () => {
    kafka = await startKafka({ parent: disk!.path })
    later(() => kafka.close())
  }, HANG_MS)
  afterAll(async () => {
    for (const close of closers.reverse()) await close()
    disk?.remove()
    folder.remove()
  }, HANG_MS)

  test('refuses votes and loses no tap, and all is counted once it has room and runs again', async () => {
    const address = { brokers: [kafka.address], topicPrefix: 'full-' }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    const log = await patientLog({ ...address, appendTimeoutMs: 5000 })
    later(() => log.close())
    await log.append('control', [control.encode(DEMO_SHOW)])
    const logger = pino({ level: 'silent' })
    const aggregate = startAggregate({ log, logger, windowMs: WINDOW_MS, health: UNSUPERVISED })
    later(() => aggregate.drain())
    const shared = logFlags(address)
    const store = ['--store', `sqlite:${join(folder.path, 'roar.db')}`]
    const launch = async (role: 'ingest' | 'deliver', ...more: string[]) => {
      const launched = await launchRole({ role, flags: [...shared, ...store, ...more], later })
      await launched.until(200)
      return launched
    }
    const deliver = await launch('deliver', '--window-ms', `${WINDOW_MS}`)
    const ingest = await launch('ingest', '--auth-secret', SECRET, '--slice-ms', '100')
    const ready = async (purpose: string) => (await fetch(`${ingest.url}/readyz/${purpose}`)).status

    let accepted = 0
    const tap = async () => {
      const body = '{"stickers":{"heart":3},"segment":"home"}'
      const { status } = await fetch(`${ingest.url}/v1/shows/final/reactions`, { method: 'POST', body })
      expect(status).toBe(202)
      accepted += 3
    }
    const isCounted = () =>
      until(
        async () =>
          ((await (await fetch(`${deliver.url}/v1/shows/final/mood`)).json()) as MoodPacket).total ?? 0,
        (total) => total >= accepted,
      )
    await tap()
    expect(await isCounted()).toBe(accepted)

    await until(async () => {
      disk!.fill()
      await tap()
      return (await ready('votes')) === 503
    })
    expect(await ready('taps')).toBe(200)
    await tap()
    disk!.empty()
    // A broker without a disk ends by itself; whoever runs it starts it again.
    await kafka.broker.kill()
    await kafka.broker.start()
    await until(async () => {
      await tap()
      return (await ready('votes')) === 200
    })
    expect(await isCounted()).toBe(accepted)
    for (const { child } of [ingest, deliver]) {
      child.kill('SIGTERM')
      expect(await child.exited).toBe(0)
    }
  })
})
