import { expect, test } from 'bun:test'
import { systemClock } from './clock.ts'
import { ManualClock } from './clock-manual.ts'

test('a manual clock calls back in the order of due times, each at its own time', () => {
  const clock = new ManualClock(1000)
  const heard: string[] = []
  clock.after(20, () => heard.push(`late at ${clock.now()}`))
  clock.after(10, () => {
    heard.push(`early at ${clock.now()}`)
    clock.after(5, () => heard.push(`nested at ${clock.now()}`))
  })
  clock.advance(30)
  expect(heard).toEqual(['early at 1010', 'nested at 1015', 'late at 1020'])
  expect(clock.now()).toBe(1030)
})

test('what is called off is never called back, by either clock', async () => {
  const clock = new ManualClock(0)
  let calls = 0
  clock.after(1, () => calls++)()
  clock.advance(10)
  systemClock.after(0, () => calls++)()
  await new Promise<void>((resolve) => systemClock.after(1, resolve))
  expect(calls).toBe(0)
})
