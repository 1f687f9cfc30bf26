import { expect, test } from 'bun:test'
import type { ShowState } from '../../protocol/show.ts'
import type { ShowDocument } from '../../sdk/src/index.ts'
import { asItIs } from './as-it-is.ts'

/** What a document says until its times are over. */
async function turnsOf(told: Partial<ShowDocument>, nowMs: number, turns: number): Promise<ShowState[]> {
  const states: ShowState[] = []
  const sinceMs = performance.now()
  let end = () => {}
  await new Promise<void>((resolve) => {
    end = asItIs(
      told as ShowDocument,
      () => nowMs + performance.now() - sinceMs,
      ({ state }) => {
        states.push(state)
        if (states.length === turns) resolve()
      },
    )
  })
  end()
  return [...new Set(states)]
}

test('a show begins and ends by the times of the document that is there, though no other comes', async () => {
  expect(await turnsOf({ state: 'scheduled', starts: 1_020, ends: 1_040 }, 1_000, 3)).toEqual([
    'scheduled',
    'live',
    'ended',
  ])
})

test('what a producer did by hand comes before the times', async () => {
  expect(await turnsOf({ state: 'live', starts: 9_000_000 }, 1_000, 1)).toEqual(['live'])
  expect(await turnsOf({ state: 'ended', ends: 9_000_000 }, 1_000, 1)).toEqual(['ended'])
})

test('a time further away than a timer goes is no time now', async () => {
  expect(await turnsOf({ state: 'scheduled', starts: 1_000 + 2 ** 40 }, 1_000, 1)).toEqual(['scheduled'])
})
