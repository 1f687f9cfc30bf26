import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ManualClock } from './clock-manual.ts'
import { SteadyClock } from './steady-clock.ts'

const NOW = 1_795_349_712_000

test('a clock that is set back by seconds goes on by the time that passes, and says how far the other is off', () => {
  const machine = new ManualClock(NOW)
  const clock = new SteadyClock(machine)
  machine.advance(5_000)
  expect([clock.now(), clock.offMs()]).toEqual([NOW + 5_000, 0])
  machine.setBack(4_000)
  expect([clock.now(), clock.offMs()]).toEqual([NOW + 5_000, -4_000])
  machine.advance(1_000)
  expect([clock.now(), clock.offMs()]).toEqual([NOW + 6_000, -4_000])
  machine.setBack(-4_000)
  expect([clock.now(), clock.offMs()]).toEqual([NOW + 6_000, 0])
})

test('a clock that is set ahead by an hour is not followed until it is believed', () => {
  const machine = new ManualClock(NOW)
  const clock = new SteadyClock(machine)
  machine.setBack(-3_600_000)
  machine.advance(10)
  expect([clock.now(), clock.offMs()]).toEqual([NOW + 10, 3_600_000])
  clock.believe()
  expect([clock.now(), clock.offMs()]).toEqual([NOW + 3_600_010, 0])
})

test('a small correction back makes it stand still and not go back', () => {
  const machine = new ManualClock(NOW)
  const clock = new SteadyClock(machine)
  machine.setBack(300)
  expect([clock.now(), clock.offMs()]).toEqual([NOW, 0])
  machine.advance(200)
  expect(clock.now()).toBe(NOW)
  machine.advance(200)
  expect(clock.now()).toBe(NOW + 100)
})

test('small steps one way add up to a jump, and the right time is right again whatever they were', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -900, max: 900 }), { maxLength: 20 }), (steps) => {
      const machine = new ManualClock(NOW)
      const clock = new SteadyClock(machine)
      let setMs = 0
      for (const step of steps) {
        machine.setBack(-step)
        setMs += step
        machine.advance(10)
        // At the bound itself the drift that is allowed decides.
        if (Math.abs(Math.abs(setMs) - 1_000) > 1) expect(clock.offMs() !== 0).toBe(Math.abs(setMs) > 1_000)
      }
      machine.setBack(setMs)
      expect(clock.offMs()).toBe(0)
    }),
  )
})

test('a drift is no jump, however long it lasts', () => {
  const machine = new ManualClock(NOW)
  const clock = new SteadyClock(machine)
  for (let hour = 0; hour < 24 * 30; hour++) {
    machine.advance(3_600_000)
    machine.setBack(-1_000)
    expect(clock.offMs()).toBe(0)
  }
})

test('it never goes back by itself, however the machine is set', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          advance: fc.nat(2_000),
          back: fc.integer({ min: -10_000, max: 10_000 }),
          believes: fc.boolean(),
        }),
      ),
      (steps) => {
        const machine = new ManualClock(NOW)
        const clock = new SteadyClock(machine)
        let before = clock.now()
        for (const { advance, back } of steps) {
          machine.advance(advance)
          machine.setBack(back)
          expect(clock.now()).toBeGreaterThanOrEqual(before)
          before = clock.now()
        }
      },
    ),
  )
})
