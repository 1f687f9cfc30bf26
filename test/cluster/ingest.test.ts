import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import type { Log } from '../../adapters/log/log.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import { startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { DEFAULT_RULES } from '../../engine/shows/life.ts'
import type { PostAnswer } from '../../protocol/packets.ts'
import { control } from '../../protocol/records/control.ts'
import type { Slice } from '../../protocol/slice.ts'
import { HeldQueue } from '../../services/studio/held-queue.ts'
import { findPost } from '../../services/studio/newest-posts.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { makeCertificate } from './certificate.ts'
import { launchRole, logFlags } from './launch-role.ts'
import { patientLog } from './patient-log.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const bytes = new TextEncoder()
const text = new TextDecoder()
const VIEWERS = 16

describe.skipIf(!(needs('java') && needs('mvn')))('roar ingest', () => {
  let kafka: SharedKafka
  let prefixes = 0
  const closers: (() => unknown)[] = []
  const later = (close: () => unknown) => void closers.push(close)
  beforeAll(async () => {
    kafka = await sharedKafka()
  }, HANG_MS)
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  afterAll(async () => {
    await kafka?.close()
  }, HANG_MS)

  /** One ingest as a process, the show in its log, and what it wrote to the log. */
  async function start(...flags: string[]) {
    const address = { brokers: [kafka.address], topicPrefix: `${kafka.prefix}${prefixes++}-` }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 2, replication: 1 }))
    const log: Log = await patientLog(address)
    later(() => log.close())
    await log.append('control', [control.encode(DEMO_SHOW)])
    const slices = new Map<string, number>()
    const wakes: (() => void)[] = []
    const reader = log.consume('reactions', (batch) => {
      for (const { value } of batch) {
        const { producer, sequence, count } = JSON.parse(text.decode(value)) as Slice
        slices.set(
          `${producer} ${sequence}`,
          count.reduce((sum, each) => sum + each, 0),
        )
      }
      for (const wake of wakes.splice(0)) wake()
    })
    later(() => reader.close())
    const role = await launchRole({
      role: 'ingest',
      flags: [...logFlags(address), ...['--auth-secret', 'a secret of at least thirty-two bytes'], ...flags],
      later,
    })
    await role.until(200)
    const document = `${role.url}/v1/shows/final`
    while (!(await fetch(document)).ok) await new Promise<void>((resolve) => setImmediate(resolve))
    return {
      ...role,
      log,
      tap: (body = '{"stickers":{"heart":1}}', headers: Record<string, string> = {}) =>
        fetch(`${document}/reactions`, { method: 'POST', body, headers }),
      metric: async (line: string): Promise<number> => {
        const metrics = await (await fetch(`${role.url}/metrics`)).text()
        return Number(metrics.match(new RegExp(`^${line} (\\d+)$`, 'm'))?.[1])
      },
      counted: () => slices.values().reduce((sum, each) => sum + each, 0),
      next: () => new Promise<void>((wake) => wakes.push(wake)),
    }
  }

  test("reads its viewers' taps itself and gives everything else to the server behind it", async () => {
    const { url, tap, metric, counted, next } = await start()
    const guest = await (await fetch(`${url}/v1/viewers`, { method: 'POST', body: '{"name":"Ann"}' })).json()
    const signed = { authorization: `Bearer ${guest.token}` }
    const before = await metric('roar_fast_lane_requests_total\\{by="lane"\\}')
    for (const [body, headers] of [
      [undefined, {}],
      [undefined, signed],
      ['{"stickers":{"six":2},"segment":"home"}', { 'content-type': 'application/json' }],
    ] as const) {
      const response = await tap(body, headers)
      expect(response.status).toBe(202)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(await response.json()).toEqual({ flushMs: 1000, sample: 1 })
    }
    expect(await metric('roar_fast_lane_requests_total\\{by="lane"\\}')).toBe(before + 3)
    expect((await tap('{"stickers":{"duck":1}}')).status).toBe(400)
    expect((await tap('{"stickers":{"heart":1},"note":"ü"}')).status).toBe(202)
    expect((await tap(`{"stickers":{"heart":1},"pad":"${'x'.repeat(5000)}"}`)).status).toBe(413)
    expect(await (await fetch(`${url}/`)).text()).toContain('<html')
    expect((await fetch(`${url}/nothing`)).status).toBe(404)
    while (counted() < 5) await next()
    expect(counted()).toBe(5)
  })

  test.skipIf(!(needs('openssl') && needs('mosquitto')))(
    'serves its fallbacks over TLS from a broker whose authority it is told',
    async () => {
      const { ca, key } = makeCertificate(later)
      const port = await freePort()
      const broker = await startMosquitto({
        settings: `listener ${port} 127.0.0.1\ncertfile ${ca}\nkeyfile ${key}`,
      })
      later(() => broker.close())
      const pubsub = mqttPubSub({ url: broker.url })
      pubsub.publish({ topic: 'roar/final/mood', payload: bytes.encode('{"at":1}'), retain: true })
      await pubsub.close()
      const { url } = await start('--pubsub', `mqtts://localhost:${port}`, '--pubsub-ca', ca)
      const mood = async () => (await fetch(`${url}/v1/shows/final/mood`)).text()
      while ((await mood()) !== '{"at":1}') await new Promise<void>((resolve) => setImmediate(resolve))
    },
  )

  test('holds a text as its show says, and every studio has what waits, what was decided, and the post that is pinned', async () => {
    const { url, log } = await start()
    const studio = () => {
      const queue = new HeldQueue({
        ...{ log, clock: systemClock, logger: pino({ level: 'silent' }), health: UNSUPERVISED },
      })
      later(() => queue.close())
      return queue
    }
    const [one, other] = [studio(), studio()]
    const { token } = await (
      await fetch(`${url}/v1/viewers`, { method: 'POST', body: '{"name":"Ann"}' })
    ).json()
    const post = async (text: string) => {
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(`${url}/v1/shows/final/posts`, {
        ...{ method: 'POST', headers, body: JSON.stringify({ text }) },
      })
      return { status: response.status, ...((await response.json()) as PostAnswer) }
    }
    const wordLists = [{ language: 'en', hold: ['damn'], refuse: [] }]
    const rules = { ...DEFAULT_RULES, text: true }
    await log.append('control', [
      control.encode({ ...DEMO_SHOW, rules, wordLists, version: DEMO_SHOW.version + 1 }),
    ])
    let held = await post('oh damn')
    // The ingest reads the log a moment later; until then texts are off.
    while (held.status === 409) held = await post('oh damn')
    expect([held.status, held.held]).toEqual([202, true])
    const { id } = held.post
    for (const queue of [one, other]) while (queue.of('final').find(id) === undefined) await Bun.sleep(20)
    expect(await findPost(log, 'final', id)).toBeUndefined()
    await one.decide(one.of('final').find(id)!, 'released')
    while (other.of('final').find(id)!.decided === undefined) await Bun.sleep(20)
    expect(other.of('final').waiting()).toEqual([])
    expect(await findPost(log, 'final', id)).toMatchObject({ id, name: 'Ann', text: 'oh damn' })
    const afresh = studio()
    await afresh.caughtUp()
    expect(afresh.of('final').find(id)).toMatchObject({ decided: 'released', entry: 'damn' })
  })

  test('SIGTERM in the middle of taps loses none that was accepted', async () => {
    const { child, tap, counted, next } = await start()
    let accepted = 0
    let unanswered = 0
    let running = true
    const viewer = async (index: number) => {
      for (let turn = index; running; turn++) {
        // Now and then one that must be read by the server behind the fast path.
        const body = turn % 7 === 0 ? '{"stickers":{"heart":1},"note":"ü"}' : undefined
        try {
          const { status } = await tap(body)
          if (status === 202) accepted++
          else running = false
        } catch {
          unanswered++
          running = false
        }
      }
    }
    const viewers = Array.from({ length: VIEWERS }, (_, index) => viewer(index))
    while (counted() < 500) await next()
    child.kill('SIGTERM')
    expect(await child.exited).toBe(0)
    running = false
    await Promise.all(viewers)
    while (counted() < accepted) await next()
    expect(counted()).toBeLessThanOrEqual(accepted + unanswered)
    expect(unanswered).toBeLessThanOrEqual(VIEWERS)
  })
})
