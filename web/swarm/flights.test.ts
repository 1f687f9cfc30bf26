import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Flights, type Spot, TILTS } from './flights.ts'

const LANE = { width: 140, height: 220 }
const spotOf = (): Spot => ({ x: 0, y: 0, size: 0, tilt: 0, alpha: 0, sprite: 0 })
/** Longer than any flight. */
const LIFE_MS = 4_000
const dice = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))

describe('flights', () => {
  test('a flight stays inside its lane, rises, fades before the top and ends', () => {
    fc.assert(
      fc.property(
        dice,
        fc.integer({ min: 100, max: 600 }),
        fc.integer({ min: 150, max: 900 }),
        (stream, width, height) => {
          const flights = new Flights({ capacity: 1, random: () => stream.next().value as number })
          const spot = spotOf()
          flights.launch(3, 0, 0)
          let y = Number.POSITIVE_INFINITY
          let alpha = 1
          for (let now = 0; flights.place(0, now, { width, height }, spot); now += 16) {
            expect(spot.sprite).toBe(3)
            expect(spot.tilt).toBeLessThan(TILTS)
            expect(spot.x - spot.size / 2).toBeGreaterThanOrEqual(-1)
            expect(spot.x + spot.size / 2).toBeLessThanOrEqual(width + 1)
            expect(spot.y).toBeGreaterThan(0)
            expect(spot.y).toBeLessThanOrEqual(y)
            expect(spot.alpha).toBeLessThanOrEqual(alpha)
            y = spot.y
            alpha = spot.alpha
            expect(now).toBeLessThan(LIFE_MS)
          }
          expect(alpha).toBeLessThan(0.05)
          expect(flights.alive(LIFE_MS)).toBe(0)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a flight of a later moment waits for it', () => {
    const flights = new Flights({ capacity: 1, random: () => 0.5 })
    flights.launch(0, 200, 0)
    expect(flights.place(0, 199, LANE, spotOf())).toBe(false)
    expect(flights.place(0, 201, LANE, spotOf())).toBe(true)
    expect(flights.alive(0)).toBe(1)
  })

  test('never more than the limit are in the air, and a place is free again when a flight has ended', () => {
    const flights = new Flights({ capacity: 8, random: () => 0.5 })
    const launched = Array.from({ length: 12 }, () => flights.launch(0, 0, 0, 5))
    expect(launched.filter(Boolean)).toHaveLength(5)
    expect(flights.launch(0, 0, 0, 100)).toBe(true)
    expect(flights.launch(0, LIFE_MS, LIFE_MS, 5)).toBe(true)
  })

  test('a limit above the capacity is the capacity', () => {
    const flights = new Flights({ capacity: 3, random: () => 0.5 })
    expect(Array.from({ length: 5 }, () => flights.launch(0, 0, 0, 99)).filter(Boolean)).toHaveLength(3)
  })
})
