import { expect, test } from 'bun:test'
import { PRESENCE_HOLDS_MS } from '../../protocol/limits.ts'
import { Presence } from './presence.ts'

test('a member is present from the first report on, and no more once they leave', () => {
  const presence = new Presence()
  expect(presence.see('ann', 1000)).toBe(true)
  expect(presence.see('ann', 1001)).toBe(false)
  expect([presence.has('ann'), presence.has('ben'), presence.size]).toEqual([true, false, 1])
  expect(presence.forget('ben')).toBe(false)
  expect(presence.forget('ann')).toBe(true)
  expect([presence.has('ann'), presence.size]).toEqual([false, 0])
})

test('who is silent is present for so long and not a millisecond more, after the newest report', () => {
  const presence = new Presence()
  presence.see('ann', 1000)
  presence.see('ben', 1000)
  presence.see('ben', 1001)
  expect(presence.sweep(1000 + PRESENCE_HOLDS_MS - 1)).toBe(false)
  expect(presence.sweep(1000 + PRESENCE_HOLDS_MS)).toBe(true)
  expect([presence.has('ann'), presence.has('ben')]).toEqual([false, true])
})
