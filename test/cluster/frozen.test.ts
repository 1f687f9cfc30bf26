import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { until } from '../until.ts'
import { launchRole, logFlags } from './launch-role.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

/** How long it stands still after a poll was closed: hardly, and longer than a vote waits for the log. */
const FROZEN_MS = [500, 8_000]
/** Until nothing that is decided from now on is in the answer that it waited for. */
const ASKED_MS = 1_000
const VOTES = 40

describe.skipIf(!(needs('java') && needs('mvn')))('an ingest that stands still', () => {
  const folder = temporaryFolder()
  const closers: (() => unknown)[] = []
  const later = (close: () => unknown) => void closers.push(close)
  let kafka: SharedKafka
  beforeAll(async () => {
    kafka = await sharedKafka()
  }, HANG_MS)
  afterAll(async () => {
    for (const close of closers.reverse()) await close()
    await kafka?.close()
    folder.remove()
  }, HANG_MS)

  test('while a poll is closed takes none of the votes that waited for it, and goes on with the next poll', async () => {
    const address = { brokers: [kafka.address], topicPrefix: kafka.prefix }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
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
