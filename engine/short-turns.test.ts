import { expect, test } from 'bun:test'
import { shortTurns } from './short-turns.ts'

/** In how many turns ten parts are done that take so long each. */
async function turnsOf(partMs: number): Promise<number> {
  let [now, turns] = [0, 1]
  const next = shortTurns({
    now: () => now,
    yieldThen(resume) {
      turns++
      // Others' turns are no work of these parts.
      now += 50
      resume()
    },
  })
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      await next()
      now += partMs
    }),
  )
  return turns
}

test('parts follow one another until they have taken two milliseconds, whatever others take between', async () => {
  expect([
    await turnsOf(0),
    await turnsOf(0.5),
    await turnsOf(1),
    await turnsOf(2),
    await turnsOf(30),
  ]).toEqual([1, 3, 5, 10, 10])
})
