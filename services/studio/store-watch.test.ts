import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { watchStore } from './store-watch.ts'

test('a store that cannot be written is reported without anybody asking, and so is its return', async () => {
  const clock = new ManualClock(1_000)
  const told: string[] = []
  let fault: Error | undefined
  const stop = watchStore({
    store: { probe: () => (fault ? Promise.reject(fault) : Promise.resolve()) },
    clock,
    health: {
      working: () => void told.push('working'),
      waiting: (reason) => void told.push(reason),
      failed: () => void told.push('failed'),
    },
  })
  const pass = async () => {
    clock.advance(2_000)
    for (let turn = 0; turn < 3; turn++) await Promise.resolve()
  }
  await pass()
  fault = new Error('the disk is full')
  await pass()
  await pass()
  fault = undefined
  await pass()
  stop()
  const all = told.length
  await pass()
  expect(told.length).toBe(all)
  expect(told.filter((word, i) => word !== told[i - 1])).toEqual(['working', 'the disk is full', 'working'])
})
