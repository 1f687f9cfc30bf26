import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { ConfigResourceTypes } from '@platformatic/kafka'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { topicName } from '../../adapters/kafka/connection.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { ROAR } from '../roar-process.ts'
import { until } from '../until.ts'
import { brokenNetwork } from './broken-network.ts'
import { launchRole } from './launch-role.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'

/** Runs a command to its end. */
async function roar(argv: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([ROAR, ...argv], {
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, ...env },
  })
  const [out, error] = await Promise.all(
    [child.stdout, child.stderr].map((stream) => new Response(stream).text()),
  )
  return { code: await child.exited, out: out!, error: error! }
}

describe.skipIf(!(needs('java') && needs('mvn')))('on a Kafka without topics', () => {
  const folder = temporaryFolder()
  const closers: (() => unknown)[] = []
  let kafka: SharedKafka
  /** Waits for a Kafka in vain, for half a minute: beside all other tests. */
  let forgotten: Awaited<ReturnType<typeof launchAt>>
  const launchAt = (port: number, topicPrefix: string, store: string) =>
    launchRole({
      role: 'deliver',
      flags: [
        ...['--log', `kafka://127.0.0.1:${port}`, '--topic-prefix', topicPrefix, '--log-level', 'warn'],
        ...['--store', `sqlite:${join(folder.path, store)}`],
      ],
      later: (close) => closers.push(close),
    })
  beforeAll(async () => {
    forgotten = await launchAt(1, 'roar-', 'forgotten.db')
    kafka = await sharedKafka()
  }, HANG_MS)
  afterAll(async () => {
    for (const close of closers) await close()
    await kafka?.close()
    folder.remove()
  }, HANG_MS)

  test.each(['studio', 'ingest', 'deliver'])(
    'roar %s says in one sentence that a topic is missing, and ends with 2',
    async (role) => {
      const store = `sqlite:${join(folder.path, `${role}.db`)}`
      const secret = role === 'deliver' ? [] : ['--auth-secret', SECRET]
      const log = ['--log', `kafka://${kafka.address}`, '--topic-prefix', kafka.prefix]
      const shared = [...log, '--store', store, '--port', '0']
      const { code, error } = await roar([role, ...shared, '--log-level', 'silent', ...secret])
      expect(error).toMatch(new RegExp(`^roar: [^\\n]*${kafka.prefix}control[^\\n]*\\n$`))
      expect(code).toBe(2)
    },
  )

  test('a Kafka that is not there yet is waited for, which a role says', async () => {
    const address = { brokers: [kafka.address], topicPrefix: `${kafka.prefix}w-` }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    const network = await brokenNetwork(Number(kafka.address.split(':')[1]))
    network.refuse()
    const early = await launchAt(network.port, address.topicPrefix, 'early.db')
    const errors = early.child.stderr.getReader()
    let said = ''
    while (!said.includes(`log is waiting: Kafka at 127.0.0.1:${network.port}: `)) {
      const { done, value } = await errors.read()
      if (done) throw new Error(`it ended without waiting: ${said}`)
      said += new TextDecoder().decode(value)
    }
    await network.mend()
    await until(() => fetch(`${early.url}/healthz`).catch(() => undefined))
    early.child.kill('SIGTERM')
    expect(await early.child.exited).toBe(0)
    network.close()
  })

  test('a topic whose time is not the broker’s is said where a role starts', async () => {
    const address = { brokers: [kafka.address], topicPrefix: `${kafka.prefix}z-` }
    await withAdmin(address, async (admin) => {
      await createTopics(admin, address, { partitions: 1, replication: 1 })
      const configs = [{ name: 'message.timestamp.type', value: 'CreateTime', configOperation: 0 as const }]
      const resourceType = ConfigResourceTypes.TOPIC
      await admin.incrementalAlterConfigs({
        resources: [{ resourceType, resourceName: topicName(address, 'reactions'), configs }],
      })
    })
    const role = await launchRole({
      role: 'ingest',
      flags: [
        ...[
          '--log',
          `kafka://${kafka.address}`,
          '--topic-prefix',
          address.topicPrefix,
          '--auth-secret',
          SECRET,
        ],
        ...['--store', `sqlite:${join(folder.path, 'z.db')}`],
      ],
      later: (close) => closers.push(close),
    })
    await role.until(200)
    role.child.kill('SIGTERM')
    expect(await role.said()).toContain(
      `${topicName(address, 'reactions')} has message.timestamp.type CreateTime and needs LogAppendTime`,
    )
    expect(await role.child.exited).toBe(0)
  })

  test('roar topics reads what every role reads: the prefix, from the environment and from a file', async () => {
    const env = { ROAR_LOG: `kafka://${kafka.address}`, ROAR_TOPIC_PREFIX: 'x-' }
    const checked = await roar(['topics', '--check', '--replication', '1'], env)
    expect(checked.code).toBe(1)
    expect(checked.out).toContain('x-ballots is missing\n')
    expect(checked.out).not.toContain('roar-ballots')
    const file = join(folder.path, 'roar.toml')
    await Bun.write(file, `[shared]\nlog = "kafka://${kafka.address}"\ntopic-prefix = "y-"\n`)
    const fromFile = await roar(['topics', '--check', '--replication', '1', '--config', file])
    expect(fromFile.out).toContain('y-ballots is missing\n')
  })

  test('roar topics speaks TLS where the environment says so, and nothing else', async () => {
    const env = { ROAR_LOG: `kafka://${kafka.address}`, ROAR_KAFKA_TLS: 'true' }
    const { code, out } = await roar(['topics', '--check', '--replication', '1'], env)
    expect(code).toBe(1)
    expect(out).not.toContain('is missing')
  })

  test('a Kafka that is not there is waited for, which is said, and not for ever: a role ends with 1, as what may pass', async () => {
    expect(await forgotten.child.exited).toBe(1)
    expect((await forgotten.said()).trim().split('\n')).toEqual([
      expect.stringContaining('log is waiting: Kafka at 127.0.0.1:1: '),
      expect.stringMatching(/^roar: log: Kafka at 127\.0\.0\.1:1: \S/),
    ])
  })
})
