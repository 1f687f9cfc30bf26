import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { packOf } from '../../engine/burst.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { timelineRoutes } from './timeline.ts'

/** The call, on a store that answers once it is let. */
function rig() {
  const held = Promise.withResolvers<void>()
  const store = new MemoryStore()
  const read = { times: 0 }
  const routes = timelineRoutes({
    store: {
      async history(show, range) {
        read.times++
        await held.promise
        return store.history(show, range)
      },
    },
    clock: new ManualClock(1_000_000),
    directory: { get: () => ({ show: DEMO_SHOW, pack: packOf(DEMO_SHOW) }) } as never,
    identity: {} as never,
    bodies: {} as never,
  })
  const ask = async (query: string): Promise<number | string> => {
    const request = Object.assign(new Request(`http://roar/v1/shows/final/timeline${query}`), {
      params: { show: 'final' },
    })
    const answer = routes['/v1/shows/:show/timeline']!.GET!(request as never, {} as never)
    return Promise.resolve(answer).then(
      (response) => (response as Response).status,
      (cause) => cause.code,
    )
  }
  return { ask, read, release: held.resolve }
}

test('one question is read once for all who ask it at the same time', async () => {
  const { ask, read, release } = rig()
  const asked = Array.from({ length: 20 }, () => ask(''))
  await new Promise((turn) => setImmediate(turn))
  release()
  expect(await Promise.all(asked)).toEqual(Array(20).fill(200))
  expect(read.times).toBe(1)
  expect(await ask('')).toBe(200)
  expect(read.times).toBe(2)
})

test('of different questions eight are read at once; more are asked to come again', async () => {
  const { ask, release } = rig()
  const asked = Array.from({ length: 9 }, (_, i) => ask(`?from=0&to=${1000 * (i + 1)}`))
  expect(await asked[8]).toBe('overloaded')
  release()
  expect(await Promise.all(asked.slice(0, 8))).toEqual(Array(8).fill(200))
  expect(await ask('?from=0&to=9000')).toBe(200)
})
