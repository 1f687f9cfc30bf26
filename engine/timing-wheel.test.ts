import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { TimingWheel } from './timing-wheel.ts'

const TICK_MS = 100
const SLOTS = 16
const wheelAt = (now: number) => new TimingWheel<string>({ tickMs: TICK_MS, slots: SLOTS, now })

test('an item wakes once, not before it is due and at most a tick after', () => {
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.array(fc.nat(TICK_MS * (SLOTS - 1)), { minLength: 1, maxLength: 50 }),
      (startMs, delays) => {
        const wheel = wheelAt(startMs)
        for (const [i, delay] of delays.entries()) wheel.set(String(i), startMs + delay)
        const wokeAt = new Map<string, number>()
        for (let now = startMs; now <= startMs + TICK_MS * (SLOTS + 1); now += 10) {
          for (const item of wheel.advance(now)) {
            expect(wokeAt.has(item)).toBe(false)
            wokeAt.set(item, now)
          }
        }
        for (const [i, delay] of delays.entries()) {
          const lateMs = wokeAt.get(String(i))! - (startMs + delay)
          expect(lateMs).toBeGreaterThanOrEqual(0)
          // What is due now waits for the next tick, hence two for a delay of nothing.
          expect(lateMs).toBeLessThanOrEqual(delay === 0 ? 2 * TICK_MS : TICK_MS + 10)
        }
      },
    ),
  )
})

test('what is due after more than a turn wakes at the end of the turn, for its owner to set again', () => {
  const wheel = wheelAt(0)
  wheel.set('far', TICK_MS * SLOTS * 10)
  expect(wheel.advance(TICK_MS * (SLOTS - 1))).toEqual([])
  expect(wheel.advance(TICK_MS * SLOTS)).toEqual(['far'])
})

test('what is overdue when it is set wakes at the next tick', () => {
  const wheel = wheelAt(5_000)
  wheel.set('overdue', 1_234)
  expect(wheel.advance(5_000 + TICK_MS)).toEqual(['overdue'])
})

test('a cancelled item never wakes', () => {
  const wheel = wheelAt(0)
  wheel.cancel('gone', wheel.set('gone', 300))
  wheel.set('stays', 300)
  expect(wheel.advance(10_000)).toEqual(['stays'])
})

test('after a pause longer than a turn everything wakes, once', () => {
  const wheel = wheelAt(0)
  for (let i = 0; i < SLOTS; i++) wheel.set(String(i), i * TICK_MS)
  expect(wheel.advance(TICK_MS * SLOTS * 100)).toHaveLength(SLOTS)
  expect(wheel.advance(TICK_MS * SLOTS * 200)).toEqual([])
})

test('time that goes backwards wakes nothing and breaks nothing', () => {
  const wheel = wheelAt(5000)
  wheel.set('a', 5200)
  expect(wheel.advance(1000)).toEqual([])
  expect(wheel.advance(5200)).toEqual(['a'])
})

test('what woke does not wake again, and what is set at the same time later wakes a turn later', () => {
  const wheel = wheelAt(0)
  wheel.set('a', TICK_MS)
  expect(wheel.advance(TICK_MS)).toEqual(['a'])
  wheel.set('b', TICK_MS * SLOTS + TICK_MS)
  expect(wheel.advance(TICK_MS)).toEqual([])
  expect(wheel.advance(TICK_MS * 2)).toEqual([])
  expect(wheel.advance(TICK_MS * SLOTS + TICK_MS)).toEqual(['b'])
})

test('an item that is set in the middle of a turn wakes when it is due, and not at the end of that turn', () => {
  const wheel = wheelAt(0)
  wheel.advance(TICK_MS * 10)
  wheel.set('a', TICK_MS * 20)
  expect(wheel.advance(TICK_MS * 19)).toEqual([])
  expect(wheel.advance(TICK_MS * 20)).toEqual(['a'])
})
