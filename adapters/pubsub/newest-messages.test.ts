import { expect, test } from 'bun:test'
import { NewestMessages } from './newest-messages.ts'

const message = (topic: string, bytes: number) => ({ topic, payload: new Uint8Array(bytes), retain: true })

test('topics are bounded, and so are the bytes of them all: what there is no room for leaves what was there', () => {
  const newest = new NewestMessages(20)
  expect(newest.set(message('a', 40 * 1024))).toBe(true)
  expect(newest.set(message('b', 40 * 1024))).toBe(true)
  expect(newest.set(message('c', 1))).toBe(false)
  expect(newest.set(message('b', 40 * 1024 + 1))).toBe(false)
  expect(newest.get('b')!.payload.length).toBe(40 * 1024)
  expect(newest.set(message('a', 1))).toBe(true)
  expect(newest.set(message('c', 39 * 1024))).toBe(true)
  newest.delete('c')
  newest.delete('c')
  expect(newest.set(message('c', 40 * 1024 - 1))).toBe(true)
  expect(newest.set(message('d', 1))).toBe(false)
  expect(newest.take().map(({ topic }) => topic)).toEqual(['a', 'b', 'c'])
  expect([newest.size, newest.set(message('d', 80 * 1024))]).toEqual([0, true])
  const few = new NewestMessages(1)
  expect([few.set(message('a', 64 * 1024)), few.set(message('b', 0)), few.has('b')]).toEqual([
    true,
    false,
    false,
  ])
})
