import { expect, test } from 'bun:test'
import { torture } from './run.ts'

/** `npm run torture -- --seeds 50` is the long run. */
const SEEDS = [1, 2, 3]

for (const seed of SEEDS) {
  test(`adapters that fail every way there is leave every sum exact, seed ${seed}`, async () => {
    const { wrong, accepted, votes } = await torture(seed)
    expect(wrong).toEqual([])
    expect(accepted).toBeGreaterThan(1000)
    expect(votes).toBeGreaterThan(10)
  })
}
