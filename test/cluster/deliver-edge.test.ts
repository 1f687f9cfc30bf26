import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import type { Log } from '../../adapters/log/log.ts'
import { mqttPubSub } from '../../adapters/mqtt/pubsub-mqtt.ts'
import type { RoleName } from '../../deploy/cluster/cluster.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import type { MoodPacket, RoomDocument, RoomPacket } from '../../protocol/packets.ts'
import { cells } from '../../protocol/records/cells.ts'
import { control } from '../../protocol/records/control.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { tokenOf } from '../polls/voting.ts'
import { deliverWindows, launchRole, logFlags } from './launch-role.ts'
import { patientLog } from './patient-log.ts'
import { type SharedKafka, sharedKafka } from './shared-kafka.ts'

const SECRET = 'known to edges and delivers alone'
const VIEWERS_SECRET = 'a secret of at least thirty-two bytes'
const WINDOW_MS = 250

const text = new TextDecoder()

/** A viewer that reconnects by itself, and keeps every mood packet received. */
class Viewer {
  readonly moods: MoodPacket[] = []
  readonly #pubsub
  #wake: (() => void)[] = []

  constructor(url: string) {
    this.#pubsub = mqttPubSub({ url })
    this.#pubsub.subscribe('roar/final/mood', ({ payload }) => {
      this.moods.push(JSON.parse(text.decode(payload)))
      for (const wake of this.#wake.splice(0)) wake()
    })
  }

  get total(): number {
    return this.moods.at(-1)?.total ?? 0
  }

  async hears(total: number): Promise<void> {
    while (this.total < total) await new Promise<void>((wake) => this.#wake.push(wake))
  }

  get totals(): number[] {
    return this.moods.map(({ total }) => total)
  }

  /** The packets, each once: repeated ones have the same `at`. */
  get packets(): MoodPacket[] {
    return [...new Map(this.moods.map((mood) => [mood.at, mood])).values()]
  }

  close(): Promise<void> {
    return this.#pubsub.close()
  }
}

describe.skipIf(!(needs('java') && needs('mvn')))('a cluster without a broker', () => {
  let kafka: SharedKafka
  let clusters = 0
  const closers: (() => unknown)[] = []
  const later = (close: () => unknown) => void closers.push(close)
  beforeAll(async () => {
    kafka = await sharedKafka()
  }, HANG_MS)
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }, HANG_MS)
  afterAll(() => kafka?.close(), HANG_MS)

  /** A log with the demo show but without aggregation: the test writes the counts. */
  async function cluster() {
    const address = { brokers: [kafka.address], topicPrefix: `${kafka.prefix}${clusters++}-` }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 2, replication: 1 }))
    const log = await patientLog(address)
    later(() => log.close())
    await log.append('control', [control.encode(DEMO_SHOW)])
    const folder = mkdtempSync(join(tmpdir(), 'roar-deliver-'))
    later(() => rmSync(folder, { recursive: true }))
    const launch = (role: RoleName, ...flags: string[]) => launchRole({ role, flags, later })
    const parts = logFlags(address)
    return {
      counting: new Counting(log),
      async deliver() {
        const port = await freePort()
        const store = ['--store', `sqlite:${join(folder, 'roar.db')}`]
        const door = ['--mqtt-port', `${port}`, '--relay-secret', SECRET]
        const windows = deliverWindows(WINDOW_MS)
        const role = await launch('deliver', ...parts, ...store, ...door, ...windows)
        return { ...role, upstream: `mqtt://relay:${encodeURIComponent(SECRET)}@127.0.0.1:${port}` }
      },
      /** An ingest that serves the fallbacks for viewers who cannot hold a connection. */
      ingest: (upstream: string) =>
        launch('ingest', ...parts, '--pubsub', upstream, '--auth-secret', crypto.randomUUID()),
      /** An ingest that accepts what viewers send; all accept the same tokens. */
      taking: () => launch('ingest', ...parts, '--auth-secret', VIEWERS_SECRET),
      async edge(...upstreams: string[]) {
        const port = await freePort()
        const role = await launch('edge', '--upstream', upstreams.join(','), '--mqtt-port', `${port}`)
        return { ...role, mqtt: `mqtt://127.0.0.1:${port}` }
      },
    }
  }

  /** Writes cells as an aggregation would: each batch has a version, and its window fills up. */
  class Counting {
    total = 0
    readonly #log: Log
    #versionMs = 1_000_000 * WINDOW_MS

    constructor(log: Log) {
      this.#log = log
    }

    async count(reactions: number): Promise<void> {
      this.#versionMs += WINDOW_MS
      this.total += reactions
      const [window, version] = [this.#versionMs, this.#versionMs]
      const cell = { show: 'final', window, segment: 'home', sticker: 'heart', count: reactions, version }
      await this.#log.append('counts', [cells.encode(cell)])
    }
  }

  async function watch(...urls: string[]): Promise<Viewer[]> {
    const viewers = urls.map((url) => new Viewer(url))
    for (const viewer of viewers) later(() => viewer.close())
    return viewers
  }

  const totalAt = async (url: string): Promise<number> =>
    ((await (await fetch(`${url}/v1/shows/final/mood`)).json()) as MoodPacket).total

  test('deliver is the root of the tree: every viewer of every edge, and its own, hears every packet', async () => {
    const { counting, deliver, edge, ingest } = await cluster()
    const root = await deliver()
    const edges = [await edge(root.upstream), await edge(root.upstream)]
    // A first packet: an edge is ready once it has received one.
    const first = 1
    await counting.count(first)
    for (const role of [root, ...edges]) await role.until(200)
    const webSockets = [root, ...edges].map(({ url }) => `${url.replace('http', 'ws')}/mqtt`)
    const viewers = await watch(...webSockets, ...edges.map(({ mqtt }) => mqtt))
    await Promise.all(viewers.map((viewer) => viewer.hears(counting.total)))
    for (let round = 1; round <= 20; round++) {
      await counting.count(round)
      // One packet at a time: a batch with two cells would make one packet.
      await viewers[0]!.hears(counting.total)
    }
    await Promise.all(viewers.map((viewer) => viewer.hears(counting.total)))
    const ofRounds = ({ packets }: Viewer) => packets.filter(({ n, total }) => n > 0 && total > first)
    const packets = ofRounds(viewers[0]!)
    expect(packets).toHaveLength(20)
    expect(packets.reduce((sum, { n }) => sum + n, first)).toBe(counting.total)
    for (const viewer of viewers) expect(ofRounds(viewer)).toEqual(packets)
    const fallback = await ingest(root.upstream)
    await fallback.until(200)
    while ((await totalAt(fallback.url)) !== counting.total) await Bun.sleep(20)
    for (const { url } of [root, ...edges]) expect(await totalAt(url)).toBe(counting.total)
    for (const role of [root, ...edges, fallback]) {
      role.child.kill('SIGTERM')
      expect(await role.child.exited).toBe(0)
    }
  })

  test('of two delivers one waits and takes nobody; when the other is killed, viewers go on and no total falls', async () => {
    const { counting, works, waits, viewers } = await pair()
    const refused = await fetch(`${waits.url}/v1/shows/final/mood`)
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'standby'])

    works.child.kill('SIGKILL')
    await works.child.exited
    await counting.count(7)
    await waits.until(200)
    await counting.count(11)
    await Promise.all(viewers.map((viewer) => viewer.hears(counting.total)))
    for (const { totals } of viewers) expect(totals).toEqual(totals.toSorted((a, b) => a - b))
  })

  test('a deliver that stood still while another took over lets its edges go to that one', async () => {
    const { counting, works, waits, viewers } = await pair()
    works.child.kill('SIGSTOP')
    await waits.until(200)
    await counting.count(7)
    works.child.kill('SIGCONT')
    await works.until(503)
    await Promise.all(viewers.map((viewer) => viewer.hears(counting.total)))
    for (const { totals } of viewers) expect(totals).toEqual(totals.toSorted((a, b) => a - b))
  })

  test('a room is one at every ingest, through the kill of one and of the deliver that published it', async () => {
    const { cluster, works, waits, edges } = await pair()
    const ingests = [await cluster.taking(), await cluster.taking()]
    for (const { until } of ingests) await until(200)
    const [one, other] = ingests.map(({ url }) => url)
    const ask = async (at: string, who: string, path: string, body?: object) => {
      const response = await fetch(`${at}/v1/shows/final/${path}`, {
        headers: { authorization: `Bearer ${tokenOf(who, { name: who }, { secret: VIEWERS_SECRET })}` },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      })
      return { status: response.status, ...((await response.json()) as RoomDocument) }
    }
    const { room, invite } = await ask(one!, 'ada', 'rooms', {})
    // The other ingest reads the log a moment later.
    let joined = await ask(other!, 'ben', `rooms/${room}/members`, { invite })
    while (joined.status === 404) joined = await ask(other!, 'ben', `rooms/${room}/members`, { invite })
    expect(joined.members.map(({ name }) => name)).toEqual(['ada', 'ben'])

    const posts = new Set<string>()
    let present = 0
    const pubsub = mqttPubSub({ url: edges[0]!.mqtt })
    later(() => pubsub.close())
    pubsub.subscribe(`roar/final/rooms/${room}`, ({ payload }) => {
      const packet = JSON.parse(text.decode(payload)) as RoomPacket
      for (const { name, sticker } of packet.posts) posts.add(`${name} ${sticker}`)
      present = packet.present?.length ?? present
    })
    const hears = async (at: string, who: string, sticker: string) => {
      // While nobody is subscribed yet, or another deliver takes over, what is published is lost: post again.
      while (!posts.has(`${who} ${sticker}`)) {
        const { status } = await ask(at, who, 'posts', { sticker, room })
        expect([202, 429]).toContain(status)
        await Bun.sleep(200)
      }
    }
    await hears(one!, 'ada', 'six')
    await hears(other!, 'ben', 'cup')
    for (const who of ['ada', 'ben']) await ask(other!, who, `rooms/${room}/presence`, { asks: true })
    while (present < 2) await Bun.sleep(20)

    ingests[0]!.child.kill('SIGKILL')
    works.child.kill('SIGKILL')
    await waits.until(200)
    await hears(other!, 'ada', 'heart')
    // The other deliver must learn who is present, which only the lost one knew.
    present = 0
    for (const who of ['ada', 'ben']) await ask(other!, who, `rooms/${room}/presence`, { asks: true })
    while (present < 2) await Bun.sleep(20)
    const late = await cluster.taking()
    await late.until(200)
    expect((await ask(late.url, 'ben', `rooms/${room}`)).members).toEqual(joined.members)
  })

  /** Two delivers, the first of them active, and an edge for each with the other as second address, and viewers. */
  async function pair() {
    const started = await cluster()
    const { counting, deliver, edge } = started
    const works = await deliver()
    await works.until(200)
    const waits = await deliver()
    await waits.until(503)
    const upstreams = [works, waits].map(({ upstream }) => upstream)
    const edges = [await edge(...upstreams), await edge(...upstreams.toReversed())]
    await counting.count(5)
    for (const each of edges) await each.until(200)
    const viewers = await watch(...edges.map(({ mqtt }) => mqtt))
    await Promise.all(viewers.map((viewer) => viewer.hears(counting.total)))
    return { cluster: started, counting, works, waits, edges, viewers }
  }
})
