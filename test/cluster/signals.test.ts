import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { SECRET } from '../polls/voting.ts'
import { until } from '../until.ts'
import { launchRole, logFlags } from './launch-role.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const here = [needs('java'), needs('mvn'), needs('mosquitto')].every(Boolean)
/** Each ends a role after draining. */
const ENDS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const
/** Signals at which other programs reopen their log files, and the one caused by a reader that closed its pipe. */
const NO_ENDS = ['SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const

describe.skipIf(!here)('signals to the roles of a cluster', () => {
  const folder = temporaryFolder()
  let address: { brokers: string[]; topicPrefix: string }
  let kafka: SharedKafka
  let brokers: Awaited<ReturnType<typeof startMosquitto>>[] = []
  beforeAll(async () => {
    kafka = await sharedKafka()
    brokers = [await startMosquitto(), await startMosquitto()]
    address = { brokers: [kafka.address], topicPrefix: kafka.prefix }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    // The show is in the log from now on.
    const studio = await launch('studio')
    await studio.until(200)
    studio.child.kill('SIGTERM')
    await studio.child.exited
  }, HANG_MS)
  afterAll(async () => {
    for (const close of closers.reverse()) await close()
    for (const broker of brokers) await broker.close()
    await kafka?.close()
    folder.remove()
  }, HANG_MS)

  const closers: (() => unknown)[] = []
  const launch = (role: RoleName) => {
    const log = logFlags(address)
    const store = ['--store', `sqlite:${join(folder.path, 'roar.db')}`]
    const [pubsub, other] = brokers.map(({ url }) => url)
    const flags = {
      studio: [...log, ...store, '--auth-secret', SECRET],
      ingest: [...log, ...store, '--auth-secret', SECRET, '--pubsub', pubsub!],
      // Nothing listens there: a role that waits for it must end, too.
      aggregate: [
        ...log,
        '--spark',
        'sc://127.0.0.1:1',
        '--spark-checkpoint',
        join(folder.path, 'checkpoint'),
      ],
      deliver: [...log, ...store, '--pubsub', pubsub!],
      edge: ['--upstream', pubsub!],
      bridge: ['--upstream', pubsub!, '--pubsub', other!],
    }
    return launchRole({ role, flags: flags[role], later: (close) => closers.push(close) })
  }
  /** Whether it responds, ready or not. */
  const answers = (url: string) =>
    fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )

  test.each(['studio', 'ingest', 'aggregate', 'deliver', 'edge', 'bridge'] as const)(
    'roar %s drains at each that ends it and exits with 0, once however often it comes; others change nothing',
    async (role) => {
      for (const signal of ENDS) {
        const { url, child } = await launch(role)
        await until(() => answers(url))
        for (const other of NO_ENDS) child.kill(other)
        expect(await answers(url)).toBe(true)
        child.kill(signal)
        // A closed terminal signals all of its processes, and more than once; log rotation signals during the drain.
        for (const other of [...NO_ENDS, 'SIGHUP', 'SIGQUIT'] as const) child.kill(other)
        expect({ signal, code: await child.exited }).toEqual({ signal, code: 0 })
      }
    },
  )
})
