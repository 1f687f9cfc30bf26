import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { type Mosquitto, startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { control } from '../../protocol/records/control.ts'
import { startAggregate } from '../../services/aggregate/aggregate.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'
import { temporaryFolder } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { SECRET } from '../polls/voting.ts'
import { until } from '../until.ts'
import { brokenNetwork } from './broken-network.ts'
import { deliverWindows, launchRole, logFlags } from './launch-role.ts'
import { patientLog } from './patient-log.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const WINDOW_MS = 250
/** Topics with a retained packet: those of the show, its segments and its document, and some others. */
const TOPICS_MAX = 10
/** A role that ends so often at its start does so for a reason that does not pass. */
const STARTS_MAX = 5
const USER = 'roar'
const PASSWORD = 'secret'

type Role = Awaited<ReturnType<typeof launchRole>>

describe.skipIf(![needs('java'), needs('mvn'), needs('mosquitto')].every(Boolean))(
  'a broker in trouble',
  () => {
    const folder = temporaryFolder()
    const closers: (() => unknown)[] = []
    const later = (close: () => unknown) => void closers.push(close)
    let kafka: SharedKafka
    let broker: Mosquitto
    let network: Awaited<ReturnType<typeof brokenNetwork>>
    let roles: Record<'ingest' | 'deliver' | 'edge' | 'bridge', Role>
    let launch: (role: RoleName) => Promise<Role>
    let accepted = 0
    /** The last total that a broker behind the bridge received. */
    let bridged = 0

    const file = (name: string) => join(folder.path, name)
    /** Sets what users may publish. */
    const setRules = (access: 'read' | 'readwrite') =>
      writeFileSync(file('acl'), `user ${USER}\ntopic ${access} #\n`)
    const setUsers = async (name: string) => {
      writeFileSync(file('users'), '')
      await Bun.$`mosquitto_passwd -b ${file('users')} ${name} ${PASSWORD}`.quiet()
    }

    beforeAll(async () => {
      setRules('readwrite')
      await setUsers(USER)
      const settings = `acl_file ${file('acl')}\npassword_file ${file('users')}`
      kafka = await sharedKafka()
      later(() => kafka.close())
      const second = await startMosquitto()
      later(() => second.close())
      broker = await startMosquitto({ settings })
      later(() => broker.close())
      network = await brokenNetwork(broker.port)
      later(() => network.close())
      const address = { brokers: [kafka.address], topicPrefix: kafka.prefix }
      await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
      const log = await patientLog(address)
      later(() => log.close())
      await log.append('control', [control.encode(DEMO_SHOW)])
      const logger = pino({ level: 'silent' })
      const aggregate = startAggregate({ log, logger, windowMs: WINDOW_MS, health: UNSUPERVISED })
      later(() => aggregate.drain())
      const url = `mqtt://${USER}:${PASSWORD}@127.0.0.1:${network.port}`
      const shared = logFlags(address)
      const store = ['--store', `sqlite:${file('roar.db')}`]
      const flags: Partial<Record<RoleName, string[]>> = {
        ingest: [...shared, ...store, '--auth-secret', SECRET, '--pubsub', url, '--slice-ms', '100'],
        deliver: [...shared, ...store, '--pubsub', url, ...deliverWindows(WINDOW_MS)],
        edge: ['--upstream', url],
        bridge: ['--upstream', url, '--pubsub', second.url],
      }
      launch = async (role) => {
        for (let starts = 1; ; starts++) {
          const launched = await launchRole({ role, flags: flags[role]!, later })
          try {
            await launched.answers()
            return launched
          } catch (cause) {
            // What may pass, such as a Kafka that is slow beside other work: whoever runs a role starts it again.
            if (launched.child.exitCode !== 1 || starts === STARTS_MAX) throw cause
          }
        }
      }
      const [ingest, deliver, edge, bridge] = await Promise.all(
        (['ingest', 'deliver', 'edge', 'bridge'] as const).map(launch),
      )
      roles = { ingest: ingest!, deliver: deliver!, edge: edge!, bridge: bridge! }
      const behind = mqttPubSub({ url: second.url })
      later(() => behind.close())
      behind.subscribe('roar/final/mood', ({ payload }) => {
        bridged = (JSON.parse(new TextDecoder().decode(payload)) as MoodPacket).total
      })
      await until(() =>
        tap().then(
          () => true,
          () => false,
        ),
      )
      await arrives()
    }, HANG_MS)
    afterAll(async () => {
      for (const close of closers.reverse()) await close()
      folder.remove()
    }, HANG_MS)

    const ready = ({ url }: Role, purpose = '') =>
      fetch(`${url}/readyz${purpose}`).then(
        async (answer) => ({ status: answer.status, text: await answer.text() }),
        () => ({ status: 0, text: '' }),
      )
    const metric = async ({ url }: Role, name: string): Promise<number> => {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
      return Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1])
    }
    const totalAt = ({ url }: Role) =>
      fetch(`${url}/v1/shows/final/mood`).then(
        async (answer) => ((await answer.json()) as MoodPacket).total ?? 0,
        () => 0,
      )
    async function tap(): Promise<void> {
      const body = '{"stickers":{"heart":3},"segment":"home"}'
      const { status } = await fetch(`${roles.ingest.url}/v1/shows/final/reactions`, { method: 'POST', body })
      expect(status).toBe(202)
      accepted += 3
    }
    /** Everything accepted arrives at an edge, behind the bridge, and at clients that cannot hold a connection. */
    async function arrives(): Promise<void> {
      for (const role of [roles.edge, roles.ingest])
        expect(
          await until(
            () => totalAt(role),
            (total) => total >= accepted,
          ),
        ).toBe(accepted)
      expect(
        await until(
          () => bridged,
          (total) => total >= accepted,
        ),
      ).toBe(accepted)
    }

    interface Trouble {
      begin: () => unknown
      /** How deliver reports it. */
      isSaid: string
      end: () => unknown
    }
    const troubles: [name: string, trouble: Trouble][] = [
      ['hangs', { begin: () => broker.freeze(), isSaid: 'connack timeout', end: () => broker.thaw() }],
      ['is not there', { begin: () => network.refuse(), isSaid: 'ECONNREFUSED', end: () => network.mend() }],
      [
        'accepts connections and answers nobody',
        { begin: () => network.mute(), isSaid: 'connack timeout', end: () => network.mend() },
      ],
      [
        'lets nobody publish',
        {
          begin() {
            setRules('read')
            broker.reload()
          },
          isSaid: 'the broker refuses what is published to roar/final/mood',
          end() {
            setRules('readwrite')
            broker.reload()
          },
        },
      ],
      [
        'does not know our user any more',
        {
          async begin() {
            await setUsers('another')
            broker.reload()
            // Clients already connected may stay.
            network.tear()
          },
          isSaid: 'Connection refused: Not authorized',
          async end() {
            await setUsers(USER)
            broker.reload()
          },
        },
      ],
    ]
    test.each(troubles)(
      'that %s holds up no count: it is said for as long as it lasts, and the newest packets come after it',
      async (_name, { begin, isSaid, end }) => {
        await begin()
        await until(async () => {
          await tap()
          const { status, text } = await ready(roles.deliver)
          return status === 503 && text.includes(isSaid)
        })
        expect(await metric(roles.deliver, 'roar_part_state{part="pubsub",state="waiting"}')).toBe(1)
        expect((await ready(roles.ingest, '/taps')).status).toBe(200)
        expect(
          await until(
            () => metric(roles.deliver, 'roar_deliver_reactions_total'),
            (counted) => counted >= accepted,
          ),
        ).toBe(accepted)
        expect(await metric(roles.deliver, 'roar_pubsub_waiting')).toBeLessThanOrEqual(TOPICS_MAX)
        await end()
        await until(() => ready(roles.deliver).then(({ status }) => status === 200))
        await arrives()
        for (const { child } of Object.values(roles)) expect(child.exitCode).toBeNull()
      },
    )

    test('that is cut off in the middle of packets, again and again, loses no count and no newest packet', async () => {
      for (let cuts = 0; cuts < 5; cuts++) {
        const before = accepted
        await tap()
        network.tear()
        await tap()
        await until(
          () => totalAt(roles.edge),
          (total) => total > before,
        )
      }
      await arrives()
      for (const { child } of Object.values(roles)) expect(child.exitCode).toBeNull()
    })

    test('that came back without its memory has the newest of a silent show for an edge that starts then', async () => {
      await arrives()
      network.refuse()
      await broker.kill()
      await until(() => ready(roles.deliver).then(({ status }) => status === 503))
      await broker.restart()
      await network.mend()
      const late = await launch('edge')
      expect(
        await until(
          () => totalAt(late),
          (total) => total > 0,
        ),
      ).toBe(accepted)
      for (const role of Object.values(roles)) role.child.kill('SIGTERM')
      for (const { child } of Object.values(roles)) expect(await child.exited).toBe(0)
    })
  },
)
