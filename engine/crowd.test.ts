import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Crowd } from './crowd.ts'
import { IN_ONE_TURN } from './turns.ts'

const crowdOf = (count: number): { crowd: Crowd<number>; members: number[] } => {
  const crowd = new Crowd<number>()
  const members = Array.from({ length: count }, (_, i) => i)
  for (const member of members) crowd.add(member)
  return { crowd, members }
}

/** What happens while others have their turn: members leave, and as many new ones come as say so. */
const meanwhile = fc.record({ leave: fc.array(fc.nat(60), { maxLength: 6 }), join: fc.nat(8) })

test('whoever leaves and comes in the middle of a walk, each who was there and stays is visited once, a slice at a time, and it ends', () => {
  fc.assert(
    fc.property(
      fc.nat(60),
      fc.integer({ min: 1, max: 7 }),
      fc.array(meanwhile, { maxLength: 70 }),
      (count, slice, turns) => {
        const { crowd, members } = crowdOf(count)
        const visits: number[] = []
        const left = new Set<number>()
        let next = count
        const walk = crowd.inSlices((member) => void visits.push(member), slice)
        let steps = 0
        for (let seen = 0; !walk.next().done; seen = visits.length) {
          expect(visits.length - seen).toBe(slice)
          const { leave, join } = turns[steps++] ?? { leave: [], join: slice }
          expect(steps).toBeLessThanOrEqual(count / slice)
          for (const member of leave) {
            crowd.delete(member)
            if (!visits.includes(member)) left.add(member)
          }
          for (let i = 0; i < join; i++) crowd.add(next++)
        }
        expect(new Set(visits).size).toBe(visits.length)
        for (const member of members)
          expect([member, visits.includes(member)]).toEqual([member, !left.has(member)])
      },
    ),
  )
})

test('those that are ended as they are visited are each visited once too', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 1, max: 7 }), (count, slice) => {
      const { crowd, members } = crowdOf(count)
      const visits: number[] = []
      const walk = crowd.inSlices((member) => {
        visits.push(member)
        crowd.delete(member)
      }, slice)
      while (!walk.next().done);
      expect(visits).toEqual(members)
      expect(crowd.size).toBe(0)
    }),
  )
})

test('some, and then some more: nobody has a second turn before all who stay had their first', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.record({ take: fc.integer({ min: 1, max: 9 }), ends: fc.boolean() }), { maxLength: 40 }),
      (count, calls) => {
        const { crowd } = crowdOf(count)
        const turns = new Map<number, number>()
        const there = new Set(Array.from({ length: count }, (_, i) => i))
        for (const { take, ends } of calls) {
          let taken = 0
          const now = new Set<number>()
          for (const member of crowd.some()) {
            expect(now.has(member)).toBe(false)
            now.add(member)
            turns.set(member, (turns.get(member) ?? 0) + 1)
            if (ends && taken === 0) {
              crowd.delete(member)
              there.delete(member)
            }
            if (++taken === take) break
          }
        }
        const had = [...there].map((member) => turns.get(member) ?? 0)
        if (had.length > 0) expect(Math.max(...had) - Math.min(...had)).toBeLessThanOrEqual(1)
      },
    ),
  )
})

test('some are all, each once, from where the last call ended, and never more than a turn has', () => {
  const { crowd } = crowdOf(5)
  const [first, second] = crowd.some()
  expect([first, second, ...crowd.some()]).toEqual([0, 1, 2, 3, 4, 0, 1])
  expect([...crowdOf(IN_ONE_TURN + 1).crowd.some()]).toHaveLength(IN_ONE_TURN)
  expect([...crowdOf(0).crowd.some()]).toEqual([])
})
