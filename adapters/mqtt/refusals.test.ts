import { expect, test } from 'bun:test'
import { ManualClock } from '../clock/clock-manual.ts'
import type { Message } from '../pubsub/pubsub.ts'
import { Refusals } from './refusals.ts'

const message = (topic: string, payload: string, retain = true): Message => ({
  topic,
  payload: new TextEncoder().encode(payload),
  retain,
})
const said = ({ topic, payload }: Message): string => `${topic} ${new TextDecoder().decode(payload)}`
const cause = new Error('Not authorized')

function refusing({ topicsMax = 10 } = {}) {
  const clock = new ManualClock(1_000_000)
  const again: string[] = []
  const changes: (string | undefined)[] = []
  const refusals = new Refusals({
    ...{ clock, topicsMax },
    again: (messages) => again.push(...messages.map(said)),
    onChange: (change) => changes.push(change?.message),
  })
  return { clock, again, changes, refusals }
}

test('what was refused is published again every few seconds, the newest of a topic last, and it is said once, until all is taken', () => {
  const { clock, again, changes, refusals } = refusing()
  expect(refusals.hold(message('a', '1'))).toBe(false)
  expect(refusals.add(message('a', '1'), cause)).toBe(true)
  expect(refusals.add(message('b', '1'), cause)).toBe(true)
  expect(refusals.hold(message('a', '3'))).toBe(true)
  // It was in flight when the first was refused.
  refusals.add(message('a', '2'), cause)
  clock.advance(5_000)
  expect(again.splice(0)).toEqual(['a 2', 'b 1', 'a 3'])
  expect(refusals.size).toBe(0)
  refusals.add(message('a', '3'), cause)
  clock.advance(5_000)
  expect(again.splice(0)).toEqual(['a 3'])
  expect(changes).toEqual(['Not authorized'])
  clock.advance(5_000)
  expect([again, changes]).toEqual([[], ['Not authorized', undefined]])
})

test('what the broker takes after all makes an older one of its topic outdated, and no newer one', () => {
  const { clock, again, refusals } = refusing()
  for (const topic of ['a', 'b']) refusals.add(message(topic, '1'), cause)
  refusals.hold(message('b', '3'))
  for (const topic of ['a', 'b']) refusals.taken(topic)
  clock.advance(5_000)
  expect(again).toEqual(['b 1', 'b 3'])
})

test('what is not retained is not kept, and of retained ones so many topics', () => {
  const { refusals, changes } = refusing({ topicsMax: 1 })
  expect(refusals.add(message('feed', '1', false), cause)).toBe(false)
  expect(changes).toEqual(['Not authorized'])
  expect(refusals.add(message('a', '1'), cause)).toBe(true)
  expect(refusals.add(message('b', '1'), cause)).toBe(false)
  expect(refusals.add(message('a', '2'), cause)).toBe(true)
  expect(refusals.hold(message('feed', '2', false))).toBe(false)
  expect(refusals.size).toBe(1)
})

test('what there is no room to hold is sent, and nothing older of its topic after it', () => {
  const { clock, again, refusals } = refusing()
  for (const topic of ['a', 'b']) refusals.add(message(topic, '1'), cause)
  expect(refusals.hold(message('a', '2'))).toBe(true)
  expect(refusals.hold(message('b', 'x'.repeat(60_000)))).toBe(true)
  expect(refusals.hold(message('a', '3'.repeat(10_000)))).toBe(false)
  refusals.taken('a')
  clock.advance(5_000)
  expect(again.map((text) => text.slice(0, 3))).toEqual(['b 1', 'b x'])
})

test('with its connection it ends without a word, and what was kept goes to the next one', () => {
  const { clock, again, changes, refusals } = refusing()
  refusals.add(message('a', '1'), cause)
  refusals.hold(message('a', '2'))
  const { sent, newer } = refusals.end()
  expect([...sent, ...newer].map(said)).toEqual(['a 1', 'a 2'])
  clock.advance(20_000)
  expect([again, changes]).toEqual([[], ['Not authorized']])
})
