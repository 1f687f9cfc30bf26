import { expect, test } from 'bun:test'
import { Arrivals } from './arrivals.ts'

test('a packet is timed once the last viewer has it, and one that a viewer missed is missing', async () => {
  const arrivals = new Arrivals(2)
  arrivals.published()
  arrivals.published()
  for (const nth of [0, 1, 0]) arrivals.hear(nth)
  await arrivals.all(1)
  expect([arrivals.heard, arrivals.due]).toEqual([3, 4])
  arrivals.hear(1)
  expect(arrivals.heard).toBe(arrivals.due)
  expect(arrivals.lastMs(1)).toBeGreaterThan(0)
})
