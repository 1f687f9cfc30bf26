import { expect, test } from 'bun:test'
import { Seats } from './seats.ts'

test('a channel through which a whole crowd has gone keeps no more seats than who is there needs', () => {
  const seats = new Seats<number>('a')
  for (let viewer = 0; viewer < 50_000; viewer++) {
    seats.add(viewer, viewer)
    if (viewer >= 100) seats.delete(viewer - 100)
  }
  expect(seats.size).toBe(100)
  expect(seats.listeners.length).toBeLessThan(300)
  expect(seats.joinedAfter).toHaveLength(seats.listeners.length)
  expect(seats.listeners.filter((viewer) => viewer !== undefined)).toEqual(
    Array.from({ length: 100 }, (_, i) => 49_900 + i),
  )
})

test('while somebody walks along the seats nobody is moved, and afterwards all move up', () => {
  const seats = new Seats<number>('a')
  for (let viewer = 0; viewer < 1_000; viewer++) seats.add(viewer, 0)
  seats.walked = true
  for (let viewer = 0; viewer < 999; viewer++) seats.delete(viewer)
  expect(seats.listeners[999]).toBe(999)
  expect(seats.has(999)).toBe(true)
  seats.walked = false
  expect(seats.listeners).toEqual([999])
  expect(seats.delete(999)).toBe(true)
  expect([seats.size, seats.has(999)]).toEqual([0, false])
})
