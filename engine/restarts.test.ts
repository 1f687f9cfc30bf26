import { expect, test } from 'bun:test'
import { restartDelayMs } from './restarts.ts'

const delays = (deathsMs: number[]) => deathsMs.map((_, i) => restartDelayMs(deathsMs.slice(0, i + 1)))

test('what dies again and again waits longer each time, and is given up in the end', () => {
  expect(delays([0, 1_000, 2_000, 3_000, 4_000])).toEqual([100, 200, 400, 800, undefined])
})

test('deaths that are a minute old are forgotten', () => {
  expect(delays([0, 30_000, 60_000, 90_000, 120_000, 150_000])).toEqual([100, 200, 200, 200, 200, 200])
})
