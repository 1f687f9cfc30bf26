import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { MATCH, MATCH_MS } from '../../engine/match.ts'
import { seededRandom } from '../random.ts'
import { match } from '../shapes/match.ts'
import { answerOf, poisson } from './answer.ts'

const stickers = DEMO_SHOW.stickers.map(({ sticker }) => sticker)
const segments = DEMO_SHOW.segments.map(({ segment }) => segment)
const shape = match({ stickers, segments })

/** A second of the crowd, in slices as `npm run crowd` asks for them. */
function second(serverMs: number, seed: number): ReturnType<typeof answerOf> {
  const random = seededRandom(seed)
  return Array.from({ length: 20 }, (_, slice) =>
    answerOf({ serverMs: serverMs + slice * 50, sliceMs: 50, viewers: 300, shape }, random),
  ).flat()
}

test('the crowd only sends what the show has', () => {
  fc.assert(
    fc.property(fc.nat({ max: 3 * MATCH_MS }), fc.nat(), (serverMs, seed) => {
      for (const { stickers: sent, segment } of second(serverMs, seed)) {
        expect(stickers).toContain(Object.keys(sent)[0]!)
        expect(segments).toContain(segment)
      }
    }),
    { numRuns: 50 },
  )
})

test('it roars after a six and is quiet before the ball', () => {
  const six = MATCH.find(({ kind }) => kind === 'six')!
  expect(second(six.impactMs + 900, 1).length).toBeGreaterThan(3 * second(six.startMs, 1).length)
})

test('as many come as are expected, on average', () => {
  const random = seededRandom(3)
  let sum = 0
  for (let round = 0; round < 20_000; round++) sum += poisson(2.5, random)
  expect(sum / 20_000).toBeCloseTo(2.5, 1)
  expect(poisson(0, random)).toBe(0)
})
