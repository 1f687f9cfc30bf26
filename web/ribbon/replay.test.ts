import { expect, test } from 'bun:test'
import { STEP_MS } from './moments.ts'
import { packetsOf } from './replay.ts'

const T0 = 1_795_349_712_000
const loud = { at: T0 + STEP_MS, n: 1000, counts: { six: 700, heart: 300 }, sides: {} }

test('a scene is one packet a step, silence included, for as long as its speed says', () => {
  const packets = packetsOf([loud], { from: T0, to: T0 + 3 * STEP_MS, speed: 2 })
  expect(packets.map(({ at, ms, n }) => [at - T0, ms, n])).toEqual([
    [0, STEP_MS / 2, 0],
    [STEP_MS, STEP_MS / 2, 1000],
    [2 * STEP_MS, STEP_MS / 2, 0],
  ])
  expect(packets[1]!.top.map(([sticker, count]) => [sticker, count])).toEqual([
    ['six', 700],
    ['heart', 300],
  ])
})

test('the loudest step of a scene draws a full swarm, a quieter one less', () => {
  const quiet = { at: T0, n: 10, counts: { heart: 10 }, sides: {} }
  const [first, second] = packetsOf([quiet, loud], { from: T0, to: T0 + 2 * STEP_MS, speed: 1 })
  const drawn = (packet: typeof first) => packet!.top.reduce((sum, [, , draw]) => sum + draw, 0)
  expect(drawn(second)).toBe(120)
  expect(drawn(first)).toBeLessThanOrEqual(10)
})
