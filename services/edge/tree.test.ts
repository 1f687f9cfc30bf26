import { describe, expect, test } from 'bun:test'
import mqttPacket from 'mqtt-packet'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryTransport } from '../../test/edge/hub-rig.ts'
import { Forest, type Node } from '../../test/edge/tree-rig.ts'

/** Seeded trees whose edges die, come back, and lose and find each other: how many. `SEEDS` for more. */
const SEEDS = Number(process.env.SEEDS ?? 12)

/** How long after its path to a root is back a viewer may be without the newest packet. */
const NEWEST_WITHIN_MS = 2_000

/** Mulberry32: the same numbers for the same seed. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A viewer who stays with one edge for as long as that lives, and what it heard. */
class Viewer {
  readonly ats: number[] = []
  readonly posts: string[] = []
  readonly others: string[] = []
  readonly #parser = mqttPacket.parser({ protocolVersion: 4 })
  readonly transport = new MemoryTransport({ backlogBytesMax: 1 << 30 })

  constructor(node: Node, filters = ['roar/final/mood', 'roar/final/feed']) {
    this.#parser.on('packet', (packet) => {
      if (packet.cmd !== 'publish') return
      const payload = packet.payload.toString()
      if (packet.topic.endsWith('mood')) this.ats.push((JSON.parse(payload) as { at: number }).at)
      else if (packet.topic.endsWith('feed')) this.posts.push(payload)
      else this.others.push(`${packet.topic.replace('roar/final/', '')} ${payload}`)
    })
    const connection = node.life!.hub.connect(this.transport)!
    const say = (packet: mqttPacket.Packet) => connection.receive(mqttPacket.generate(packet))
    const connect = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clientId: 'v',
      clean: true,
      keepalive: 0,
    }
    say(connect as mqttPacket.Packet)
    const subscriptions = filters.map((topic) => ({ topic, qos: 0 as const }))
    say({ cmd: 'subscribe', messageId: 1, subscriptions })
  }

  look(): void {
    for (const bytes of this.transport.sent.splice(0)) this.#parser.parse(Buffer.from(bytes))
  }
}

/** A forest with a source that publishes at its roots, and viewers at its leaves. */
function world(seed: number, names: Record<string, string[]>, leaves: string[]) {
  const clock = new ManualClock(1_000_000_000)
  const forest = new Forest(clock, dice(seed))
  for (const [name, parents] of Object.entries(names)) forest.plant(name, parents)
  const roots = [...forest.nodes.values()].filter(({ parents }) => parents.length === 0)
  const viewers = new Map<string, { viewer: Viewer; life: Node['life'] }>()
  let total = 0
  const publish = () => {
    total += 10
    const packet = { at: clock.now(), total }
    for (const { life } of roots) {
      life?.publish('roar/final/mood', packet, true)
      life?.publish('roar/final/feed', { at: clock.now() }, false)
    }
  }
  const look = () => {
    for (const name of leaves) {
      const node = forest.nodes.get(name)!
      const seat = viewers.get(name)
      seat?.viewer.look()
      if (node.life && seat?.life !== node.life)
        viewers.set(name, { viewer: new Viewer(node), life: node.life })
    }
  }
  /** Whether every line from the edge to a root is up, and carries. */
  const hasPath = (name: string, below: string[] = []): boolean => {
    const life = forest.nodes.get(name)?.life
    if (life === undefined || below.includes(name)) return false
    if (life.link === undefined) return true
    const { parent } = life.link
    return parent !== undefined && !forest.isCut(name, parent) && hasPath(parent, [...below, name])
  }
  const pathSinceMs = new Map<string, number>()
  const judge = () => {
    const now = clock.now()
    for (const [name, { viewer, life }] of viewers) {
      if (!hasPath(name) || forest.nodes.get(name)!.life !== life) pathSinceMs.delete(name)
      else if (!pathSinceMs.has(name)) pathSinceMs.set(name, now)
      const isDue = now - (pathSinceMs.get(name) ?? now) >= NEWEST_WITHIN_MS
      const lateMs = now - (viewer.ats.at(-1) ?? 0)
      if (isDue && lateMs > NEWEST_WITHIN_MS)
        throw new Error(`seed ${seed}: ${name} at ${now} has a path and a packet of ${lateMs} ms ago`)
    }
  }
  const check = () => {
    for (const [name, { viewer }] of viewers) {
      const where = `seed ${seed}, ${name}`
      expect([where, viewer.ats]).toEqual([where, [...viewer.ats].sort((a, b) => a - b)])
      expect([where, viewer.posts.length]).toEqual([where, new Set(viewer.posts).size])
    }
  }
  return {
    clock,
    forest,
    viewers,
    newest: () => clock.now(),
    /** Time goes on, and the source publishes four times a second. */
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 250) {
        publish()
        clock.advance(250)
        look()
        judge()
      }
      check()
    },
  }
}

const TREE = {
  root: [],
  relayA: ['root'],
  relayB: ['root'],
  // Each names the other last, which would be a circle if ever both took it.
  edgeA: ['relayA', 'relayB', 'edgeB'],
  edgeB: ['relayB', 'relayA', 'edgeA'],
  leaf1: ['edgeA', 'edgeB', 'relayA'],
  leaf2: ['edgeB', 'edgeA', 'leaf1'],
  // And itself.
  leaf3: ['leaf3', 'edgeA', 'leaf2'],
}
/** How far clocks differ from the source's: within tolerance, beyond it, and by hours. */
const SKEWS_MS = [0, -4_000, 4_000, -70_000, 70_000, -3_600_000, 3_600_000]
const LEAVES = ['leaf1', 'leaf2', 'leaf3', 'edgeA']

describe('a tree of edges three deep', () => {
  test(`whatever dies, is cut off and comes back, wrong clocks and a root that forgot the newest among it: nobody hears an older packet, or one twice, each has the newest 2 s after its path is back, and all are right in the end (${SEEDS} seeds)`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { forest, pass, viewers, newest } = world(seed, TREE, LEAVES)
      const random = dice(seed * 7919)
      const names = Object.keys(TREE)
      const pick = () => names[Math.floor(random() * names.length)]!
      const begin = (node: Node) => {
        if (node.life !== undefined) return
        node.skewMs = SKEWS_MS[Math.floor(random() * SKEWS_MS.length)]!
        node.start()
        // The value when its state was last saved.
        if (node.name === 'root')
          node.life!.publish('roar/final/mood', { at: newest() - 5_000, total: 1 }, true)
      }
      pass(5_000)
      for (let fault = 0; fault < 20; fault++) {
        const [one, other] = [pick(), pick()]
        const kind = random()
        if (kind < 0.35) forest.nodes.get(one)!.kill()
        else if (kind < 0.7) begin(forest.nodes.get(one)!)
        else forest.cut(one, other, kind < 0.88)
        pass(250 * Math.ceil(random() * 40))
      }
      for (const node of forest.nodes.values()) node.start()
      forest.cuts.clear()
      // Who came to another parent asks for its first one after 10 to 20 s, and a count is right some seconds later.
      pass(45_000)
      for (const [name, { viewer }] of viewers) {
        const late = newest() - viewer.ats.at(-1)!
        expect([`seed ${seed}, ${name}`, late]).toEqual([`seed ${seed}, ${name}`, expect.closeTo(250, -3)])
      }
      const parents = names.map((name) => [name, forest.nodes.get(name)!.life!.link?.parent])
      // Who can be with its first parent is.
      expect(Object.fromEntries(parents)).toMatchObject({
        relayA: 'root',
        edgeA: 'relayA',
        leaf1: 'edgeA',
        leaf2: 'edgeB',
        leaf3: expect.stringMatching(/edgeA|leaf2/),
      })
      // And the root knows of each viewer, once.
      const watching = forest.nodes.get('root')!.life!.hub.viewers().get('final')
      expect([`seed ${seed}`, watching]).toEqual([`seed ${seed}`, { viewers: LEAVES.length, segments: {} }])
    }
  })

  test('two edges that name each other find no way round when their root stops, and are back when it is', () => {
    const names = { root: [], one: ['root', 'other'], other: ['root', 'one'] }
    const { forest, pass, viewers } = world(1, names, ['one', 'other'])
    pass(3_000)
    forest.nodes.get('root')!.kill()
    const published = forest.nodes.get('one')!.life!.hub.context.counters
    pass(1_000)
    const before = published.messages
    pass(60_000)
    expect(published.messages - before).toBe(0)
    expect(forest.nodes.get('one')!.life!.link!.parent).toBeUndefined()
    forest.nodes.get('root')!.start()
    pass(10_000)
    for (const { viewer } of viewers.values()) expect(viewer.ats.at(-1)).toBeGreaterThan(1_070_000)
  })

  test('an edge that lost its root sends its relays elsewhere and takes none, and they go back to their first parent', () => {
    const names = { root: [], first: ['root'], second: ['root'], leaf: ['first', 'second'] }
    const { forest, pass, viewers } = world(3, names, ['leaf'])
    const parent = () => forest.nodes.get('leaf')!.life!.link!.parent
    pass(25_000)
    expect(parent()).toBe('first')
    // The second has lost its root, and the first dies: nobody is there for the leaf.
    forest.cut('root', 'second', true)
    pass(12_000)
    forest.nodes.get('first')!.kill()
    pass(10_000)
    expect(parent()).toBeUndefined()
    expect(forest.nodes.get('second')!.life!.hub.context.relays.size).toBe(0)
    forest.cut('root', 'second', false)
    pass(15_000)
    expect(parent()).toBe('second')
    forest.nodes.get('first')!.start()
    pass(25_000)
    expect(parent()).toBe('first')
    const { ats } = viewers.get('leaf')!.viewer
    expect(ats.at(-1)).toBeGreaterThan(1_080_000)
  })

  test('a parent that comes back sends nothing that viewers have', () => {
    const { forest, clock, pass, viewers } = world(1, { root: [], relay: ['root'], leaf: ['relay'] }, [
      'leaf',
    ])
    for (let i = 0; i < 84; i++) {
      forest.nodes.get('root')!.life!.publish(`roar/final/polls/p${i}`, { version: 7 }, true)
    }
    pass(8_000)
    const { viewer } = viewers.get('leaf')!
    const { counters } = forest.nodes.get('leaf')!.life!.hub.context
    clock.advance(1_000)
    viewer.look()
    const [heard, repeated] = [viewer.ats.length, counters.messagesRepeated]
    forest.nodes.get('relay')!.kill()
    clock.advance(5_000)
    forest.nodes.get('relay')!.start()
    clock.advance(20_000)
    viewer.look()
    expect(forest.nodes.get('leaf')!.life!.link!.parent).toBe('relay')
    expect([viewer.ats.length, counters.messagesRepeated - repeated]).toEqual([heard, 84 + 1])
  })

  test.each([
    ['is cut off', (forest: Forest) => forest.cut('root', 'relay', true)],
    [
      'is cut off, and the root starts anew before it is back',
      (forest: Forest) => {
        forest.cut('root', 'relay', true)
        forest.nodes.get('root')!.kill()
        forest.nodes.get('root')!.start()
      },
    ],
  ])('a poll that is wiped while its branch %s is at none of its edges when it is back', (_how, part) => {
    const names = { root: [], relay: ['root'], edge: ['relay'], leaf: ['edge'] }
    const { forest, clock, pass } = world(1, names, ['leaf'])
    const [poll, next, show] = ['polls/mvp', 'polls/mvp-r2', 'show'].map((topic) => `roar/final/${topic}`)
    const say = (topic: string, packet: object) =>
      forest.nodes.get('root')!.life!.publish(topic, packet, true)
    const kept = (topic: string) =>
      ['relay', 'edge', 'leaf'].map((name) => {
        const value = forest.nodes.get(name)!.life!.hub.context.topics.get(topic)?.valueAt(clock.now())
        return value && new TextDecoder().decode(value.payload)
      })
    say(show!, { version: 1 })
    say(poll!, { version: 7 })
    pass(5_000)
    expect(kept(poll!)).toEqual(Array(3).fill('{"version":7}'))
    const viewer = new Viewer(forest.nodes.get('leaf')!, ['roar/final/polls/+'])
    part(forest)
    pass(1_000)
    // As `roar deliver` says a wipe; one that has started anew has no poll to take back.
    forest.nodes.get('root')!.life!.pubsub.publish({ topic: poll!, payload: new Uint8Array(), retain: true })
    say(show!, { version: 2, run: 2 })
    say(next!, { version: 1, run: 2 })
    pass(15_000)
    expect(kept(poll!)).toEqual(Array(3).fill('{"version":7}'))
    forest.cut('root', 'relay', false)
    pass(30_000)
    expect(kept(poll!)).toEqual(Array(3).fill(undefined))
    expect(kept(next!)).toEqual(Array(3).fill('{"version":1,"run":2}'))
    viewer.look()
    expect(viewer.others).toEqual([
      'polls/mvp {"version":7}',
      'polls/mvp ',
      'polls/mvp-r2 {"version":1,"run":2}',
    ])
    // Who has not heard of the wipe may say it again, with a later count.
    say(poll!, { version: 8 })
    pass(1_000)
    expect(kept(poll!)).toEqual(Array(3).fill(undefined))
  })
})
