import { expect, test } from 'bun:test'
import { LoopShare, type Waiter } from './loop-share.ts'

/** A share of a loop whose time passes only in steps and waits. */
function rig() {
  let now = 0
  const due: { atMs: number; work: () => void }[] = []
  const share = new LoopShare({
    now: () => now,
    after: (ms, work) => void due.push({ atMs: now + ms, work }),
  })
  return {
    share,
    now: () => now,
    due,
    /** One who has so many steps, each of so long. */
    waiter: (steps: number, ms: number, onStep = () => {}, laterMs = 0): Waiter => {
      let left = steps
      const waiter = {
        step() {
          now += ms
          onStep()
          if (--left > 0) share.add(waiter)
          return laterMs
        },
        fail() {},
      }
      return waiter
    },
    /** The next turn. Returns how long it took. */
    turn() {
      const { atMs, work } = due.shift()!
      now = Math.max(now, atMs)
      const startedMs = now
      work()
      return now - startedMs
    },
  }
}

test('all who wait together get less than a twentieth of the loop, in turns of some milliseconds', () => {
  const { share, waiter, now, due, turn } = rig()
  for (let i = 0; i < 500; i++) share.add(waiter(4, 0.5))
  expect(due).toHaveLength(1)
  const turns: number[] = []
  while (due.length > 0) turns.push(turn())
  expect(turns).toHaveLength(500)
  expect(Math.max(...turns)).toBe(2)
  expect(now()).toBe(500 * 2 + 499 * 40)
})

test('one step of each follows another: who has much to do does not hold up who has little', () => {
  const { share, waiter, turn } = rig()
  const steps: string[] = []
  share.add(waiter(3, 0.1, () => void steps.push('much')))
  share.add(waiter(1, 0.1, () => void steps.push('little')))
  turn()
  expect(steps).toEqual(['much', 'little', 'much', 'much'])
})

test('who comes to a loop that has rested waits for nobody, and right after work it rests first', () => {
  const { share, waiter, due, now, turn } = rig()
  share.add(waiter(1, 2))
  expect(due[0]!.atMs).toBe(now())
  turn()
  share.add(waiter(1, 2))
  expect(due[0]!.atMs).toBe(now() + 40)
})

test('a step that took long, as where the machine did something else, makes nobody wait for more than a tenth of a second', () => {
  const { share, waiter, due, now, turn } = rig()
  share.add(waiter(2, 500))
  turn()
  expect(due[0]!.atMs).toBe(now() + 100)
})

test('in a process that stops all is done at once, also what waits for the end of a rest', () => {
  const { share, waiter, due, now, turn } = rig()
  const steps: string[] = []
  share.add(waiter(5, 2, () => void steps.push('early')))
  turn()
  share.rush()
  share.add(waiter(1, 2, () => void steps.push('late')))
  for (let turns = 0; turns < 5; turns++) {
    due.sort((a, b) => a.atMs - b.atMs)
    turn()
  }
  expect(steps.toSorted()).toEqual([...Array<string>(5).fill('early'), 'late'])
  expect(now()).toBe(6 * 2)
})

test('what a step makes others do counts like the step', () => {
  const { share, waiter, due, now, turn } = rig()
  for (let i = 0; i < 12; i++) share.add(waiter(1, 0, () => {}, 0.5))
  while (due.length > 0) turn()
  expect(now()).toBe(2 * 42)
})

test('a step that throws ends only whose it is: the others go on, also if that fails, and whoever comes later', () => {
  const { share, waiter, due, turn } = rig()
  const steps: string[] = []
  const failed: Error[] = []
  const [first, second] = [new Error('first'), new Error('second')]
  const throwing = (cause: Error, fail: (cause: Error) => void): Waiter => ({
    step() {
      throw cause
    },
    fail,
  })
  share.add(throwing(first, (cause) => void failed.push(cause)))
  share.add(waiter(2, 0.1, () => void steps.push('other')))
  turn()
  expect([failed, steps]).toEqual([[first], ['other', 'other']])
  share.add(
    throwing(second, (cause) => {
      throw cause
    }),
  )
  share.add(waiter(1, 0.1, () => void steps.push('behind')))
  expect(turn).toThrow(second)
  while (due.length > 0) turn()
  share.add(waiter(1, 0.1, () => void steps.push('later')))
  turn()
  expect(steps).toEqual(['other', 'other', 'behind', 'later'])
})
