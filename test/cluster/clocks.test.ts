import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { revokedTopic } from '../../protocol/topics.ts'
import { startAggregate } from '../../services/aggregate/aggregate.ts'
import { markOf } from '../../services/identity/revocations.ts'
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
const HOUR_MS = 3_600_000
/** R23 of old: behind by less than anybody notices, and enough to let votes in after the end. */
const BEHIND_MS = -90_000

/** Of tokens: the one that both ingests take, and the one that only one of them does. */
const [SHARED, OTHER] = ['https://login.example', 'https://other.example'] as const

const here = process.platform === 'linux' && [needs('java'), needs('mvn'), needs('gcc')].every(Boolean)

describe.skipIf(!here)('roles on machines whose clocks are wrong', () => {
  const folder = temporaryFolder()
  const library = join(folder.path, 'moved-clock.so')
  const closers: (() => unknown)[] = []
  const later = (close: () => unknown) => void closers.push(close)
  let kafka: SharedKafka
  beforeAll(async () => {
    await Bun.$`gcc -shared -fPIC -o ${library} ${join(import.meta.dir, 'moved-clock.c')} -ldl`
    kafka = await sharedKafka()
  }, HANG_MS)
  afterAll(async () => {
    for (const close of closers.reverse()) await close()
    await kafka?.close()
    folder.remove()
  }, HANG_MS)

  /** The topics of a cluster of its own, and what all its roles are told. */
  async function startCluster(name: string) {
    const address = { brokers: [kafka.address], topicPrefix: `${kafka.prefix}${name}-` }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    const flags = [...logFlags(address), '--store', `sqlite:${join(folder.path, `${name}.db`)}`]
    return { address, flags }
  }

  test('an ingest issues no receipt, counts every tap, and goes on once its clock is right; a deliver goes on as if nothing were', async () => {
    const { address, flags } = await startCluster('wrong')
    const log = await patientLog(address)
    later(() => log.close())
    const signs = ['--auth-secret', SECRET]
    const offset = (name: string) => join(folder.path, `${name}-offset`)
    const set = (name: string, ms: number) => writeFileSync(offset(name), String(ms))
    const launch = (role: RoleName, name: string, ...more: string[]) =>
      launchRole({
        ...{ role, later, flags: [...flags, ...more] },
        env: { LD_PRELOAD: library, CLOCK_OFFSET: offset(name) },
      })
    for (const name of ['right', 'deliver']) set(name, 0)
    set('wrong', BEHIND_MS)
    const studio = await launch('studio', 'right', ...signs)
    await studio.until(200)
    const producer = votingClient(studio.url)
    expect((await producer.create('mvp')).status).toBe(201)
    const opened = await producer.studio('POST', 'polls/mvp/open', { forMs: HOUR_MS / 2 })
    expect(opened.status).toBe(200)
    const aggregate = startAggregate({
      ...{ log, windowMs: WINDOW_MS, health: UNSUPERVISED },
      logger: pino({ level: 'silent' }),
    })
    const deliver = await launch('deliver', 'deliver', ...deliverWindows(WINDOW_MS))
    await deliver.until(200)
    const [right, wrong] = await Promise.all(
      [
        ['right', SHARED],
        ['wrong', `${SHARED},${OTHER}`],
      ].map(([name, issuers]) =>
        launch('ingest', name!, ...signs, '--slice-ms', '100', '--auth-issuer', issuers!),
      ),
    )
    const ready = async (url: string, purpose: string) => (await fetch(`${url}/readyz/${purpose}`)).status
    await until(async () => (await ready(right!.url, 'votes').catch(() => 0)) === 200)

    let accepted = 0
    let isOver = false
    const moods: MoodPacket[] = []
    const tapping = [right!, wrong!].map(async ({ url }) => {
      for (; !isOver; await Bun.sleep(20)) {
        const body = '{"stickers":{"heart":3},"segment":"home"}'
        const answer = await fetch(`${url}/v1/shows/final/reactions`, { method: 'POST', body }).catch(
          () => undefined,
        )
        if (answer?.status === 202) accepted += 3
        // A start apart, in which nobody is there.
        else expect(answer).toBeUndefined()
        const mood = await fetch(`${deliver.url}/v1/shows/final/mood`)
        if (mood.ok) moods.push((await mood.json()) as MoodPacket)
      }
    })
    /** Whether packets go on. */
    const goesOn = async () => {
      const before = moods.at(-1)?.total ?? 0
      await until(() => (moods.at(-1)?.total ?? 0) > before)
    }
    let voters = 0
    const vote = async (url: string) => {
      const { status, problem } = await votingClient(url).vote('mvp', tokenOf(`v${voters++}`), {
        choice: 'anna',
      })
      return status === 201 ? 'a receipt' : problem.code
    }
    const isRefused = async () => {
      // By whose ballot the other reads what the log's clock says.
      expect(await vote(right!.url)).toBe('a receipt')
      await until(
        () => vote(wrong!.url),
        (said) => said === 'clock_unsure',
      )
      await until(async () => (await ready(wrong!.url, 'votes')) === 503)
      expect(await ready(wrong!.url, 'taps')).toBe(200)
    }
    /** Nobody sees the poll closed, or its counts, by a clock that is ahead. */
    const isOpen = async () => {
      for (const { url } of [right!, wrong!]) {
        const { state, counts } = await votingClient(url).poll('mvp')
        expect([state, counts]).toEqual(['open', undefined])
        const show = await votingClient(url).json<ShowDocument>('/v1/shows/final')
        expect(show.polls).toEqual([expect.objectContaining({ poll: 'mvp', state: 'open' })])
      }
    }
    const isTaken = () =>
      until(
        async () => {
          await vote(right!.url)
          return vote(wrong!.url)
        },
        (said) => said === 'a receipt',
      )

    /** Whoever both ingests take is one voter at both, though they know different issuers. */
    const isOneVoter = async () => {
      const [shared, other] = [SHARED, OTHER].map((iss) => tokenOf('42', { iss })) as [string, string]
      const cast = async (
        { url }: { url: string },
        token: string,
        choice: string,
      ): Promise<[number, string | undefined]> => {
        const { status, receipt, problem } = await votingClient(url).vote('mvp', token, { choice })
        return status === 201 || status === 200 ? [status, receipt.ballot] : [status, problem.code]
      }
      const [status, ballot] = await cast(right!, shared, 'anna')
      expect(status).toBe(201)
      await until(async () => (await votingClient(wrong!.url).poll('mvp', shared)).mine !== undefined)
      expect(await cast(wrong!, shared, 'anna')).toEqual([200, ballot!])
      expect(await cast(wrong!, shared, 'ben')).toEqual([409, 'already_voted'])
      expect(await cast(right!, other, 'ben')).toEqual([401, 'unauthorized'])
      expect((await cast(wrong!, other, 'ben'))[0]).toBe(201)
    }

    await until(async () => (await ready(wrong!.url, 'taps').catch(() => 0)) === 200)
    await goesOn()
    // Before anybody voted the control log says what time it is.
    await producer.create('later')
    await until(
      () => vote(wrong!.url),
      (said) => said === 'clock_unsure',
    )
    await until(async () => (await ready(wrong!.url, 'votes')) === 503)
    await isOpen()
    await isRefused()
    set('wrong', 0)
    await isTaken()
    for (const ms of [HOUR_MS, 0, -HOUR_MS, 0]) {
      set('wrong', ms)
      set('deliver', ms)
      if (ms === 0) await isTaken()
      else await isRefused()
      await isOpen()
      await goesOn()
    }
    await isOneVoter()
    isOver = true
    await Promise.all(tapping)
    const totalNow = async () =>
      ((await (await fetch(`${deliver.url}/v1/shows/final/mood`)).json()) as MoodPacket).total
    expect(await until(totalNow, (total) => total >= accepted)).toBe(accepted)
    for (const [i, { at, total }] of moods.entries()) {
      expect(at).toBeGreaterThanOrEqual(moods[i - 1]?.at ?? 0)
      expect(total).toBeGreaterThanOrEqual(moods[i - 1]?.total ?? 0)
    }
    await aggregate.drain()
    for (const { child } of [right!, wrong!, deliver, studio]) {
      child.kill('SIGTERM')
      expect(await child.exited).toBe(0)
    }
  })

  test('roles that start an hour ahead of a quiet log go by its time: what a producer ends is over at once, what ends later is not, and packets go on after such a deliver', async () => {
    const { address, flags } = await startCluster('ahead')
    const log = await patientLog(address)
    later(() => log.close())
    const signs = ['--auth-secret', SECRET]
    const ahead = join(folder.path, 'ahead-offset')
    writeFileSync(ahead, String(HOUR_MS))
    const launch = (role: RoleName, isAhead: boolean, ...more: string[]) =>
      launchRole({
        ...{ role, later, flags: [...flags, ...more] },
        env: isAhead ? { LD_PRELOAD: library, CLOCK_OFFSET: ahead } : {},
      })
    const studio = await launch('studio', true, ...signs)
    await studio.until(200)
    const aggregate = startAggregate({
      ...{ log, windowMs: WINDOW_MS, health: UNSUPERVISED },
      logger: pino({ level: 'silent' }),
    })
    const producer = votingClient(studio.url)
    const decide = async (method: string, path: string, body?: object) => {
      const { status } = await producer.studio(method, path, body)
      expect([path, status]).toEqual([path, 200])
    }
    const ends = Date.now() + HOUR_MS / 2
    await producer.produce('PATCH', '/shows/final', { ends })
    expect((await producer.create('mvp')).status).toBe(201)
    await decide('POST', 'polls/mvp/open', { forMs: HOUR_MS / 2 })
    const roles = await Promise.all([
      launch('ingest', true, ...signs, '--slice-ms', '100'),
      launch('ingest', false, ...signs, '--slice-ms', '100'),
    ])
    const [, right] = roles
    let deliver = await launch('deliver', true, ...deliverWindows(WINDOW_MS))
    await deliver.until(200)
    for (const { url } of roles)
      await until(async () => (await fetch(`${url}/readyz/taps`).catch(() => undefined))?.status === 200)
    await until(async () => (await fetch(`${right.url}/readyz/votes`)).status === 200)

    const show = (url: string) => votingClient(url).json<ShowDocument>('/v1/shows/final')
    for (const { url } of roles)
      expect(await show(url)).toMatchObject({ state: 'live', polls: [{ poll: 'mvp', state: 'open' }] })
    let accepted = 0
    const tap = async (url: string) => {
      const body = '{"stickers":{"heart":3},"segment":"home"}'
      const { status } = await fetch(`${url}/v1/shows/final/reactions`, { method: 'POST', body })
      if (status === 202) accepted += 3
      return status
    }
    const mood = async () => (await (await fetch(`${deliver.url}/v1/shows/final/mood`)).json()) as MoodPacket
    const isCounted = () => until(async () => (await mood()).total === accepted)
    for (const { url } of roles) expect(await tap(url)).toBe(202)
    await isCounted()
    // Whatever its last window is, the next deliver goes on from there.
    for (let i = 0; i < 20; i++) await tap(right.url)
    deliver.child.kill('SIGTERM')
    expect(await deliver.child.exited).toBe(0)
    deliver = await launch('deliver', false, ...deliverWindows(WINDOW_MS))
    await deliver.until(200)
    await tap(right.url)
    await isCounted()
    expect((await mood()).at).toBeLessThanOrEqual(Date.now())

    const { status } = await votingClient(right.url).vote('mvp', tokenOf('ann'), { choice: 'anna' })
    expect(status).toBe(201)
    await decide('POST', 'polls/mvp/close')
    await until(async () => (await show(right.url)).polls[0]?.state === 'closed')
    const late = await votingClient(right.url).vote('mvp', tokenOf('ben'), { choice: 'anna' })
    expect(late.problem.code).toBe('poll_closed')
    await decide('POST', 'end')
    for (const { url } of roles) {
      await until(async () => (await show(url)).state === 'ended')
      expect(await tap(url)).toBe(409)
    }
    await aggregate.drain()
    for (const { child } of [...roles, deliver, studio]) {
      child.kill('SIGTERM')
      expect(await child.exited).toBe(0)
    }
  })

  test.skipIf(!needs('mosquitto'))(
    'a deliver that starts two hours ahead publishes to a broker what is revoked for one hour',
    async () => {
      const { flags } = await startCluster('revoked')
      const broker = await startMosquitto()
      later(() => broker.close())
      const ahead = join(folder.path, 'revoked-offset')
      writeFileSync(ahead, String(2 * HOUR_MS))
      const studio = await launchRole({ role: 'studio', flags: [...flags, '--auth-secret', SECRET], later })
      await studio.until(200)
      const deliver = await launchRole({
        ...{ role: 'deliver', later, flags: [...flags, '--pubsub', broker.url] },
        env: { LD_PRELOAD: library, CLOCK_OFFSET: ahead },
      })
      await deliver.until(200)
      const topics: string[] = []
      const listener = mqttPubSub({ url: broker.url, subscribesOnly: true })
      later(() => listener.close())
      listener.subscribe('roar/$tokens/#', ({ topic }) => void topics.push(topic))
      const exp = Math.floor((Date.now() + HOUR_MS) / 1000)
      await votingClient(studio.url).produce('POST', '/revocations', { jti: 'one', exp })
      await until(() => topics.includes(revokedTopic(markOf({ jti: 'one', exp }))))
      for (const { child } of [deliver, studio]) {
        child.kill('SIGTERM')
        expect(await child.exited).toBe(0)
      }
    },
  )
})
