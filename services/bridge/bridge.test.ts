import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import type { PubSub, PubSubState } from '../../adapters/pubsub/pubsub.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { type BridgeOptions, startBridge } from './bridge.ts'

const QUIET_MS = 1_000
const NOW = 1_000_000
const utf8 = new TextEncoder()
const text = new TextDecoder()

/** A publish node that a test sends away and calls back. What is published to it meanwhile is lost. */
class Node {
  readonly node: PubSub
  readonly end: PubSub
  #state: PubSubState = 'up'
  readonly #listeners = new Set<(state: PubSubState) => void>()
  /** What was published on it, without probes: `topic payload`, with `!` where it is retained. */
  heard: string[] = []

  constructor(node: PubSub = memoryPubSub()) {
    this.node = node
    this.end = {
      ...node,
      publish: (message) => {
        if (this.#state === 'up') node.publish(message)
      },
      state: () => this.#state,
      onState: (listener) => {
        this.#listeners.add(listener)
        return () => void this.#listeners.delete(listener)
      },
    }
    node.subscribe('roar/#', ({ topic, payload, retain }) => {
      if (!topic.startsWith('roar/$'))
        this.heard.push(`${topic.slice('roar/final/'.length)} ${text.decode(payload)}${retain ? '!' : ''}`)
    })
  }

  turn(state: PubSubState): void {
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }

  say(topic: string, payload: string, retain = false): void {
    this.node.publish({ topic: `roar/final/${topic}`, payload: utf8.encode(payload), retain })
  }
}

function rig(options: Partial<BridgeOptions> & { from?: Node; to?: Node } = {}) {
  const { from = new Node(), to = new Node(), ...more } = options
  const clock = new ManualClock(NOW)
  const supervisor = new Supervisor({ clock, logger: pino({ level: 'silent' }) })
  const health = supervisor.register('bridge', { neededFor: ['packets'] })
  const bridge = startBridge({ source: from.end, target: to.end, clock, health, ...more })
  return { from, to, clock, bridge, supervisor }
}

/** A bridge that has begun to carry. */
function carrying(options: Parameters<typeof rig>[0] = {}) {
  const parts = rig(options)
  parts.clock.advance(QUIET_MS)
  return parts
}

test('what the source keeps is on the target, retained, and what is live follows in its order', () => {
  const from = new Node()
  from.say('mood', '1', true)
  const { to, bridge } = carrying({ from })
  from.say('mood', '2', true)
  from.say('feed', 'a')
  from.say('rooms/gang', 'b')
  expect(to.heard).toEqual(['mood 1!', 'mood 2!', 'feed a', 'rooms/gang b'])
  expect(bridge.counters()).toEqual({ heard: 4, carried: 4, repeats: 0, dropped: 0 })
  expect(bridge.trouble()).toBeUndefined()
})

test('a new bridge carries nothing before it has listened for its own voice', () => {
  const { from, to, clock, bridge } = rig()
  from.say('mood', '1', true)
  clock.advance(QUIET_MS - 1)
  expect(to.heard).toEqual([])
  expect(bridge.trouble()).toBeDefined()
  clock.advance(1)
  expect(to.heard).toEqual(['mood 1!'])
})

test('a side that goes while a new bridge listens makes it listen again, the whole time', () => {
  const { from, to, clock } = rig()
  from.say('mood', '1', true)
  clock.advance(QUIET_MS - 1)
  from.turn('down')
  clock.advance(1)
  from.turn('up')
  clock.advance(QUIET_MS - 1)
  expect(to.heard).toEqual([])
  clock.advance(1)
  expect(to.heard).toEqual(['mood 1!'])
})

test('while the target is away the newest of each topic waits, and others within the bound', () => {
  const { from, to, bridge } = carrying({ limits: { fleetingMax: 2 } })
  to.turn('down')
  expect(bridge.trouble()).toBeDefined()
  for (const payload of ['1', '2', '3']) {
    from.say('mood', payload, true)
    from.say('feed', payload)
  }
  from.say('show', '7', true)
  to.turn('up')
  from.say('feed', 'live')
  expect(to.heard).toEqual(['mood 3!', 'show 7!', 'feed 2', 'feed 3', 'feed live'])
  expect(bridge.counters().dropped).toBe(1)
})

test('a value that was taken back is not brought again by a source that has not heard of that, whether the target was there or not', () => {
  const { from, to } = carrying()
  const poll = (payload: string) => from.say('polls/mvp', payload, true)
  poll('{"version":7}')
  poll('')
  poll('{"version":7}')
  to.turn('down')
  poll('{"version":8}')
  poll('')
  poll('{"version":8}')
  to.turn('up')
  poll('{"version":9}')
  expect(to.heard).toEqual(
    ['{"version":7}', '', '', '{"version":9}'].map((payload) => `polls/mvp ${payload}!`),
  )
})

test('a poll of a run that is over is taken from the target once the show says a later one, whether the target is there or not', () => {
  const { from, to } = carrying()
  const poll = (id: string, payload: string) => from.say(`polls/${id}`, payload, true)
  const show = (version: number, run: number) => from.say('show', `{"version":${version},"run":${run}}`, true)
  poll('mvp', '{"version":7}')
  poll('best', '{"version":1,"run":2}')
  show(1, 2)
  poll('mvp', '{"version":8}')
  poll('new', '{"version":1}')
  to.turn('down')
  show(2, 3)
  poll('best', '{"version":2,"run":2}')
  to.turn('up')
  expect(to.heard).toEqual(
    [
      'polls/mvp {"version":7}',
      'polls/best {"version":1,"run":2}',
      'polls/mvp ',
      'show {"version":1,"run":2}',
      'polls/best ',
      'show {"version":2,"run":3}',
    ].map((line) => `${line}!`),
  )
})

test('a post that waited too long is no news and is dropped', () => {
  const { from, to, clock, bridge } = carrying({ limits: { fleetingMs: 5_000 } })
  to.turn('down')
  from.say('feed', 'old')
  clock.advance(5_001)
  from.say('feed', 'fresh')
  to.turn('up')
  expect(to.heard).toEqual(['feed fresh'])
  expect(bridge.counters().dropped).toBe(1)
})

test.each([
  ['ahead', -3_600_000],
  ['back', 3_600_000],
])('a post waits as long where a clock is set %s meanwhile', (_way, backMs) => {
  const { from, to, clock } = carrying({ limits: { fleetingMs: 5_000 } })
  to.turn('down')
  from.say('feed', 'old')
  clock.advance(3_000)
  from.say('feed', 'fresh')
  clock.setBack(backMs)
  clock.advance(3_000)
  to.turn('up')
  expect(to.heard).toEqual(['feed fresh'])
})

test('a target that comes back without its memory is told every value again', () => {
  const { from, to } = carrying()
  from.say('mood', '1', true)
  from.say('show', '7', true)
  to.turn('down')
  to.heard = []
  to.turn('up')
  expect(to.heard).toEqual(['mood 1!', 'show 7!'])
})

test('a value that is taken away goes from the target too, also where it was away', () => {
  const { from, to } = carrying()
  from.say('polls/mvp', 'open', true)
  from.say('polls/best', 'open', true)
  from.say('polls/mvp', '', true)
  to.turn('down')
  from.say('polls/best', '', true)
  to.turn('up')
  expect(to.heard).toEqual(['polls/mvp open!', 'polls/best open!', 'polls/mvp !', 'polls/best !'])
  to.turn('down')
  to.heard = []
  to.turn('up')
  expect(to.heard).toEqual([])
})

test('what a source says again after a loss is not carried again', () => {
  const { from, to, bridge } = carrying()
  from.say('mood', '1', true)
  from.say('mood', '1', true)
  from.say('feed', 'a')
  from.say('feed', 'a')
  expect(to.heard).toEqual(['mood 1!', 'feed a', 'feed a'])
  expect(bridge.counters().repeats).toBe(1)
})

test('what is older than what the target has is not carried', () => {
  const { from, to, bridge } = carrying()
  for (const at of [2_000, 1_000, 3_000]) from.say('mood', `{"at":${at}}`, true)
  expect(to.heard).toEqual(['mood {"at":2000}!', 'mood {"at":3000}!'])
  expect(bridge.counters().repeats).toBe(1)
})

test('of a time that is far ahead nothing is carried while the topic has one of now, and it blocks none', () => {
  const { from, to } = carrying()
  const mood = (at: number) => `{"at":${at}}`
  const ats = [NOW + 3_600_000, NOW, NOW + 3_600_001, NOW + 1] as const
  for (const at of ats) from.say('mood', mood(at), true)
  expect(to.heard).toEqual([ats[0]!, NOW, NOW + 1].map((at) => `mood ${mood(at)}!`))
})

test('a version that no log can hold is not carried, and one that leaps blocks its topic for a minute only', () => {
  const { from, to, clock } = carrying()
  const show = (version: number) => `{"version":${version}}`
  for (const version of [2 ** 53 - 1, 1, 2 ** 40, 2]) from.say('show', show(version), true)
  clock.advance(60_000)
  from.say('show', show(3), true)
  expect(to.heard).toEqual([1, 2 ** 40, 3].map((version) => `show ${show(version)}!`))
})

test('a topic over the bound is carried and not kept', () => {
  const { from, to, bridge } = carrying({ limits: { retainedMax: 1 } })
  from.say('mood', '1', true)
  from.say('show', '7', true)
  expect(to.heard).toEqual(['mood 1!', 'show 7!'])
  to.turn('down')
  from.say('show', '8', true)
  from.say('mood', '2', true)
  to.heard = []
  to.turn('up')
  expect(to.heard).toEqual(['mood 2!'])
  expect(bridge.counters().dropped).toBe(1)
})

test('what a source retains is kept for a target that is away up to a bound of bytes, and counted beyond it', () => {
  const { from, to, bridge } = carrying({ limits: { retainedMax: 20 } })
  to.turn('down')
  for (let i = 0; i < 10; i++) from.say(`polls/p${i}`, 'x'.repeat(20 * 1024), true)
  expect([bridge.size().retained, bridge.counters().dropped]).toEqual([4, 6])
})

test('a message longer than any edge takes is dropped and counted', () => {
  const { from, to, bridge } = carrying()
  from.say('mood', 'x'.repeat(64 * 1024 + 1), true)
  from.say('mood', 'x'.repeat(64 * 1024), true)
  const userProperties: [string, string][] = [['x', 'y'.repeat(64 * 1024)]]
  from.node.publish({
    ...{ topic: 'roar/final/mood', payload: utf8.encode('short'), retain: true },
    properties: { userProperties },
  })
  expect(to.heard).toHaveLength(1)
  expect(bridge.counters().dropped).toBe(2)
})

test('a bridge from a broker to itself carries nothing, ever', async () => {
  const both = new Node()
  both.say('mood', '1', true)
  const { bridge, clock, supervisor } = rig({ from: both, to: both })
  await expect(supervisor.failed).rejects.toThrow('loop')
  clock.advance(60_000)
  both.say('mood', '2', true)
  expect(both.heard).toEqual(['mood 1!', 'mood 2!'])
  expect(bridge.trouble()).toBeDefined()
})

test('the second of two bridges that face each other carries nothing, the first goes on', async () => {
  const [left, right] = [new Node(), new Node()]
  const first = carrying({ from: left, to: right })
  const second = rig({ from: right, to: left })
  await expect(second.supervisor.failed).rejects.toThrow('loop')
  left.say('mood', '1', true)
  expect([left.heard, right.heard]).toEqual([['mood 1!'], ['mood 1!']])
  expect(first.bridge.trouble()).toBeUndefined()
})

test('two bridges that face each other and begin at once find each other before a post goes round for ever', async () => {
  // Delivery takes a turn here, as on a network, or the round would never end within one call.
  const later = (): PubSub => {
    const node = memoryPubSub()
    return { ...node, publish: (message) => void setImmediate(() => node.publish(message)) }
  }
  const [left, right] = [new Node(later()), new Node(later())]
  const one = rig({ from: left, to: right })
  const other = rig({ from: right, to: left })
  for (const { clock } of [one, other]) clock.advance(QUIET_MS)
  left.say('feed', 'round and round')
  // Each probe is said again within this time.
  for (const { clock } of [one, other]) clock.advance(10_000)
  const found = [one, other].map(({ supervisor }) => supervisor.failed.catch(() => 'stopped'))
  expect(await Promise.race(found)).toBe('stopped')
})

test('a loop that is closed later, by somebody else, stops the bridge', async () => {
  const [from, to] = [new Node(), new Node()]
  const { supervisor, clock } = carrying({ from, to })
  to.node.subscribe('roar/#', (message) => from.node.publish(message))
  clock.advance(10_000)
  await expect(supervisor.failed).rejects.toThrow('loop')
})

test('after drain nothing is carried, and nothing is said', () => {
  const { from, to, bridge, clock } = carrying()
  bridge.drain()
  let said = 0
  to.node.subscribe('roar/#', () => said++)
  from.say('mood', '1', true)
  to.turn('down')
  to.turn('up')
  clock.advance(60_000)
  expect(said).toBe(0)
})
