import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { watchDoubt } from './doubt.ts'

test('a process that stands still in each answer of the store gives up after five, and is sure of nothing', async () => {
  const clock = new ManualClock(1_000_000)
  let [asked, sure] = [0, 0]
  const doubt = watchDoubt({
    clock,
    async isOurs() {
      asked++
      clock.standStill(4_000)
      return true
    },
    onSure: () => void sure++,
  })
  expect(await doubt.settle()).toBe(true)
  expect(asked).toBe(0)
  doubt.raise()
  const settled = doubt.settle()
  expect(settled).rejects.toMatchObject({ code: 'store_unavailable' })
  await settled.catch(() => {})
  expect([asked, sure, doubt.isSure()]).toEqual([5, 0, false])
})

test('a doubt that comes while the store is asked is asked about, too', async () => {
  const clock = new ManualClock(1_000_000)
  let asked = 0
  const doubt = watchDoubt({
    clock,
    async isOurs() {
      if (++asked === 1) doubt.raise()
      return asked < 2
    },
    onSure: () => expect.unreachable(),
  })
  doubt.raise()
  expect(await doubt.settle()).toBe(false)
  expect([asked, doubt.isSure()]).toEqual([2, false])
})
