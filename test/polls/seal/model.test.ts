import { expect, test } from 'bun:test'
import { appendsInHand, explore, inLog, type Model, next, nobodyInside, type State } from './model.ts'

/** Three voters: one changes the answer twice, one comes to both ingests in one moment. */
const MODEL: Model = {
  casts: [{ at: 0 }, { at: 0, after: 0 }, { at: 0, after: 1 }, { at: 0 }, { at: 1 }, { at: 1 }],
  ingests: 2,
}
/** Nothing more can happen, and there is no seal. */
const isStuck = (state: State) =>
  state.seal !== 'sealed' && next(state, MODEL, nobodyInside).next().done === true
/** A ballot is in the log, and not in what the seal has read. */
const isLost = (state: State) => state.seal === 'sealed' && inLog(state) > state.read

test('a seal that waits until nobody is inside loses no ballot in any interleaving, and always comes to its end', () => {
  const { interleavings, wrong } = explore(MODEL, nobodyInside, isLost)
  expect(interleavings).toBeGreaterThan(100_000)
  expect(wrong).toEqual([])
  const stuck = explore(MODEL, nobodyInside, isStuck).wrong
  expect(stuck).toEqual([])
})

test('one that waits for the append in hand alone does: the walk finds it', () => {
  expect(explore(MODEL, appendsInHand, isLost).wrong).not.toEqual([])
})
