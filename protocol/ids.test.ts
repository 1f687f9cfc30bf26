import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { freeId, ID_LENGTH_MAX, isId, ownOf } from './ids.ts'

test('the first id of a name that is free is the name, then those that are numbered from 2 on', () => {
  const taken = (...ids: string[]) => freeId('final', (id) => ids.includes(id))
  expect(taken()).toBe('final')
  expect(taken('final')).toBe('final-2')
  expect(taken('final', 'final-2', 'final-4')).toBe('final-3')
  const long = 'x'.repeat(ID_LENGTH_MAX)
  expect(freeId(long, (id) => id === long)).toBe(`${'x'.repeat(28)}-2`)
})

test('it is an id, however long the name and however many are taken', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/),
      fc.integer({ min: 1, max: 999 }),
      (id, taken) => {
        let asked = 0
        const free = freeId(id, () => ++asked < taken)
        expect([isId(free), free.length <= ID_LENGTH_MAX]).toEqual([true, true])
      },
    ),
  )
})

test('what an object inherits is not what it holds', () => {
  expect(ownOf({ constructor: 1 } as never, 'constructor')).toBe(1 as never)
  expect(ownOf({}, 'constructor')).toBeUndefined()
  expect(ownOf(undefined, 'final')).toBeUndefined()
})
