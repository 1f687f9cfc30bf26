import { expect, test } from 'bun:test'
import type { MoodPacket } from '../../sdk/src/index.ts'
import { Words } from '../words/words.ts'
import { Announcer } from './announcer.ts'

const { say } = new Words('')
/** Texts stand isolated from the direction of what is around them. */
const plain = (text: string | undefined) => text?.replace(/[\u2068\u2069]/g, '')

const packet = (n: number, sticker = 'six'): MoodPacket => ({
  at: 0,
  ms: 250,
  n,
  total: n,
  top: [[sticker, n, 1]],
})
const sides = [
  { title: 'Lanterns', share: 0.62 },
  { title: 'Kites', share: 0.38 },
]

test('the mood is told in few words: how many, what most of all, who is ahead', () => {
  const announcer = new Announcer({ say, titleOf: (sticker) => sticker.toUpperCase() })
  announcer.take(0, sides)
  announcer.add(packet(20, 'heart'))
  announcer.add(packet(30))
  expect(plain(announcer.take(10_000, sides))).toBe(
    '50 reactions. Most of all SIX. Lanterns: 62%. Kites: 38%.',
  )
})

test('at most once in 10 s, however loud it is', () => {
  const announcer = new Announcer({ say, titleOf: (sticker) => sticker })
  const saidMs: number[] = []
  for (let now = 0; now <= 60_000; now += 250) {
    announcer.add(packet(100))
    if (announcer.take(now, sides) !== undefined) saidMs.push(now)
  }
  expect(saidMs).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
})

test('sides of which nothing is known are left out, and estimates are called so', () => {
  const announcer = new Announcer({ say, titleOf: (sticker) => sticker })
  announcer.take(0, [])
  announcer.add({ ...packet(640), sample: 1 / 64 })
  expect(plain(announcer.take(10_000, []))).toBe('About 640 reactions. Most of all six.')
  announcer.add(packet(7))
  expect(plain(announcer.take(20_000, []))).toBe('7 reactions. Most of all six.')
})

test('a quiet ground is not talked about', () => {
  const announcer = new Announcer({ say, titleOf: (sticker) => sticker })
  expect(announcer.take(0, sides)).toBeUndefined()
  expect(announcer.take(60_000, sides)).toBeUndefined()
})
