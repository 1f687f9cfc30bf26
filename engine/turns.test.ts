import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { IN_ONE_TURN, inSlices, inTurns } from './turns.ts'

test('every item is visited once, in order, so many between two turns', () => {
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 12 }), (count, slice) => {
      const items = Array.from({ length: count }, (_, i) => i)
      const visited: number[] = []
      const atTurns = Array.from(
        inSlices(items, (item) => visited.push(item), slice),
        () => visited.length,
      )
      expect(visited).toEqual(items)
      expect(atTurns).toEqual(Array.from({ length: Math.floor(count / slice) }, (_, i) => (i + 1) * slice))
    }),
  )
})

test('where nobody says how many, a turn is as long as a process can be held up', () => {
  const turns = [...inSlices(Array.from({ length: 2 * IN_ONE_TURN + 1 }), () => {})]
  expect(turns).toHaveLength(2)
})

test('the first step is taken now, each later one when its turn comes, and the end is told once', () => {
  const told: string[] = []
  const waiting: (() => void)[] = []
  function* walk() {
    told.push('one')
    yield
    told.push('two')
    yield
    told.push('three')
  }
  const yieldThen = (resume: () => void) => waiting.push(resume)
  inTurns(walk(), { yieldThen, done: () => told.push('done') })
  expect(told).toEqual(['one'])
  waiting.shift()!()
  expect(told).toEqual(['one', 'two'])
  waiting.shift()!()
  expect(told).toEqual(['one', 'two', 'three', 'done'])
  expect(waiting).toEqual([])
  // There is nobody to yield to.
  inTurns(walk(), { yieldThen: (resume) => resume() })
  expect(told.slice(4)).toEqual(['one', 'two', 'three'])
})
