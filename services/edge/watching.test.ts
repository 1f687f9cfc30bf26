import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Watching } from './watching.ts'

const FILTERS = [
  'roar/final/mood',
  'roar/final/mood/home',
  'roar/final/mood/away',
  'roar/final/viewers/home',
  'roar/final/viewers',
  'roar/final/feed',
  'roar/final/#',
  'roar/final/+',
  'roar/final/mood/+',
  'roar/derby/mood',
  'roar/derby/polls/+',
  'roar/derby/#',
  'other/final/mood',
]
const WATCH: Record<string, RegExp> = {
  final: /^roar\/final\/(mood(\/.+)?|viewers\/.+|#|\+)$/,
  derby: /^roar\/derby\/(mood|#)$/,
}

test('whatever filters come and go: each session counts once for a show that it watches, and once where it stands', () => {
  const step = fc.record({
    session: fc.integer({ min: 0, max: 3 }),
    filter: fc.constantFrom(...FILTERS),
    what: fc.constantFrom('add', 'add', 'remove', 'leave'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const watching = new Watching()
      const sessions = Array.from({ length: 4 }, () => new Set<string>())
      for (const { session, filter, what } of steps) {
        const held = sessions[session]!
        if (what === 'leave') {
          watching.left(held)
          held.clear()
        } else if (what === 'add' && !held.has(filter)) {
          watching.added(filter, held)
          held.add(filter)
        } else if (what === 'remove' && held.delete(filter)) watching.removed(filter, held)
      }
      const counted = Object.fromEntries(watching.shows(() => ['home', 'away']))
      for (const [show, pattern] of Object.entries(WATCH)) {
        const watches = sessions.filter((held) => [...held].some((filter) => pattern.test(filter)))
        expect(counted[show]?.viewers ?? 0).toBe(watches.length)
      }
      const stand = (segment: string) =>
        sessions.filter(
          (held) => held.has(`roar/final/mood/${segment}`) || held.has(`roar/final/viewers/${segment}`),
        ).length
      expect(counted.final?.segments.home ?? 0).toBe(stand('home'))
      expect(counted.final?.segments.away ?? 0).toBe(stand('away'))
    }),
  )
})

test('names that are no segment of the show are not told', () => {
  const watching = new Watching()
  watching.added('roar/final/viewers/nowhere', new Set())
  watching.added('roar/final/viewers/home', new Set())
  const counted = Object.fromEntries(watching.shows(() => ['home', 'away']))
  expect(counted).toEqual({ final: { viewers: 2, segments: { home: 1 } } })
})

test('of a hundred filters of one show one is looked at, as each change would be a walk over all', () => {
  const watching = new Watching()
  const names = Array.from({ length: 100 }, (_, i) => `roar/final/mood/s${i}`)
  let looked = 0
  const held = {
    has: (name: string) => names.includes(name),
    *[Symbol.iterator]() {
      for (const name of names) {
        looked++
        yield name
      }
    },
  }
  watching.added('roar/final/mood/home', held)
  expect(looked).toBe(1)
})
