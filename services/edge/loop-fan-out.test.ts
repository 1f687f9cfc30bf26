import { expect, test } from 'bun:test'
import { SmallMap } from '../../engine/small-map.ts'
import { seededRandom } from '../../load/random.ts'
import { zeroCounters } from './counters.ts'
import { type Listener, LoopFanOut } from './loop-fan-out.ts'
import { Topic } from './topics.ts'
import type { Broadcast } from './transport.ts'

/** A fan-out whose yields a test resumes by hand. */
function rig() {
  const resumes: (() => void)[] = []
  const counters = zeroCounters()
  const fanOut = new LoopFanOut({ counters, yieldThen: (resume) => void resumes.push(resume) })
  return {
    fanOut,
    counters,
    resume: () => resumes.splice(0).forEach((resume) => void resume()),
    waits: () => resumes.length > 0,
  }
}

const listener = (): Listener & { heard: number[] } => {
  const heard: number[] = []
  return { heard, seats: new SmallMap(), fd: 0, deliver: ({ bytes }) => heard.push(bytes[0]!) > 0 }
}

const fleeting = (channel: string, bytes: Uint8Array<ArrayBuffer>): Broadcast => ({
  channel,
  bytes,
  retained: undefined,
})

const listeners = (count: number) => Array.from({ length: count }, listener)

test('hands out at once where few listen', () => {
  const { fanOut, waits } = rig()
  const [one, two, other] = [listener(), listener(), listener()]
  for (const each of [one, two]) fanOut.subscribe('a', each)
  fanOut.subscribe('b', other)
  fanOut.publish(fleeting('a', Uint8Array.of(1)))
  fanOut.publish(fleeting('nobody', Uint8Array.of(2)))
  expect([one.heard, two.heard, other.heard]).toEqual([[1], [1], []])
  expect(waits()).toBe(false)
})

test('lets other work have its turn after a slice, and keeps the order of broadcasts', () => {
  const { fanOut, resume, waits } = rig()
  const many = listeners(1_200)
  for (const each of many) fanOut.subscribe('a', each)
  fanOut.publish(fleeting('a', Uint8Array.of(1)))
  expect(many.filter(({ heard }) => heard.length > 0)).toHaveLength(500)
  fanOut.publish(fleeting('a', Uint8Array.of(2)))
  while (waits()) resume()
  expect(new Set(many.map(({ heard }) => heard.join()))).toEqual(new Set(['1,2']))
})

test('who joins while broadcasts wait hears only later ones', () => {
  const { fanOut, resume, waits } = rig()
  for (const each of listeners(600)) fanOut.subscribe('a', each)
  fanOut.publish(fleeting('a', Uint8Array.of(1)))
  fanOut.publish(fleeting('a', Uint8Array.of(2)))
  const late = listener()
  fanOut.subscribe('a', late)
  fanOut.publish(fleeting('a', Uint8Array.of(3)))
  while (waits()) resume()
  expect(late.heard).toEqual([3])
})

test('who leaves while broadcasts wait hears nothing more', () => {
  const { fanOut, resume, waits } = rig()
  const many = listeners(600)
  for (const each of many) fanOut.subscribe('a', each)
  fanOut.publish(fleeting('a', Uint8Array.of(1)))
  fanOut.leave(many[599]!)
  while (waits()) resume()
  expect(many[599]!.heard).toEqual([])
  expect(many[598]!.heard).toEqual([1])
})

test('at the bound the oldest waiting broadcast is skipped and counted, the newest is heard', () => {
  const { fanOut, resume, waits, counters } = rig()
  const many = listeners(600)
  for (const each of many) fanOut.subscribe('a', each)
  for (let i = 0; i < 300; i++) fanOut.publish(fleeting('a', Uint8Array.of(i % 256, i)))
  while (waits()) resume()
  const { heard } = many[599]!
  expect(heard).toHaveLength(256)
  expect(heard[0]).toBe(0)
  expect(heard.at(-1)).toBe(299 % 256)
  expect(counters.skipped).toBe((300 - 256) * 600)
})

test('a channel without listeners is gone', () => {
  const { fanOut } = rig()
  const one = listener()
  fanOut.subscribe('a', one)
  fanOut.subscribe('b', one)
  expect(fanOut.hears('a')).toBe(true)
  fanOut.unsubscribe('a', one)
  fanOut.leave(one)
  expect([fanOut.hears('a'), fanOut.hears('b')]).toEqual([false, false])
})

/** A value of the topic that has the channel's name. */
const value = (channel: string, payload: number): Broadcast => ({
  channel,
  bytes: Uint8Array.of(payload),
  retained: { topic: new Topic(channel, 'final'), form: '4' },
})

test('of a retained topic one broadcast waits, the newest: nobody is later than one round', () => {
  const { fanOut, resume, waits, counters } = rig()
  const many = listeners(1_200)
  for (const each of many) fanOut.subscribe('mood', each)
  for (let i = 0; i < 50; i++) {
    fanOut.publish(value('mood', i))
    if (i % 10 === 9) resume()
  }
  while (waits()) resume()
  for (const { heard } of [many[0]!, many[600]!, many[1_199]!]) {
    expect(heard.at(-1)).toBe(49)
    expect(heard).toEqual([...heard].sort((a, b) => a - b))
  }
  const delivered = many.reduce((sum, { heard }) => sum + heard.length, 0)
  expect(delivered + counters.skipped).toBe(50 * 1_200)
  expect(delivered).toBeLessThan(5 * 1_200)
})

test('no value is skipped but for a newer one of its topic, however many topics speak at once', () => {
  const { fanOut, resume, waits, counters } = rig()
  const many = listeners(600)
  for (let topic = 0; topic < 400; topic++) for (const each of many) fanOut.subscribe(`${topic}`, each)
  for (let topic = 0; topic < 400; topic++) fanOut.publish(value(`${topic}`, topic % 256))
  while (waits()) resume()
  expect(many[599]!.heard).toHaveLength(400)
  expect(counters.skipped).toBe(0)
})

test('who joins while a value waits that a newer one replaces hears the newer one', () => {
  const { fanOut, resume, waits } = rig()
  for (const each of listeners(600)) fanOut.subscribe('mood', each)
  fanOut.publish(value('mood', 1))
  fanOut.publish(value('mood', 2))
  const late = listener()
  fanOut.subscribe('mood', late)
  fanOut.publish(value('mood', 3))
  while (waits()) resume()
  expect(late.heard).toEqual([3])
})

test('however many come and go while broadcasts are handed out, who stays hears each once and in order', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = seededRandom(seed)
    const { fanOut, resume, waits } = rig()
    const come = (from: number) => {
      const viewer = { ...listener(), from, heardUntilGone: -1 }
      fanOut.subscribe('a', viewer)
      return viewer
    }
    const go = (viewer: ReturnType<typeof come>) => {
      fanOut.leave(viewer)
      viewer.heardUntilGone = viewer.heard.length
    }
    const all = Array.from({ length: 4_000 }, () => come(0))
    // Side by side with those who stay.
    const goes = all.filter((_, seat) => seat % 4 !== 0)
    for (let serial = 0; serial < 8; serial++) {
      fanOut.publish(fleeting('a', Uint8Array.of(serial)))
      for (let steps = 1 + random() * 8; waits() && steps > 0; steps--) {
        goes.splice(0, random() * 400).forEach(go)
        all.push(come(serial + 1))
        resume()
      }
    }
    while (waits()) resume()
    for (const { heard, from, heardUntilGone } of all) {
      const due = heardUntilGone === -1 ? 8 - from : heardUntilGone
      expect(heard).toEqual(Array.from({ length: due }, (_, i) => from + i))
    }
  }
})
