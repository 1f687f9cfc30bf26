import { expect, test } from 'bun:test'
import { SmallMap } from '../../engine/small-map.ts'
import { type Seated, Seats } from './seats.ts'

interface Viewer extends Seated<Viewer> {
  id: number
}

const viewers = (count: number): Viewer[] =>
  Array.from({ length: count }, (_, id) => ({ id, seats: new SmallMap() }))
const idsOn = ({ listeners }: Seats<Viewer>) => listeners.flatMap((viewer) => viewer?.id ?? [])

test('a channel through which a whole crowd has gone keeps no more seats than who is there needs', () => {
  const seats = new Seats<Viewer>('a')
  const all = viewers(50_000)
  for (const [at, viewer] of all.entries()) {
    seats.add(viewer, at)
    if (at >= 100) seats.delete(all[at - 100]!)
  }
  expect(seats.size).toBe(100)
  expect(seats.listeners.length).toBeLessThan(300)
  expect(seats.joinedAfter).toHaveLength(seats.listeners.length)
  expect(idsOn(seats)).toEqual(Array.from({ length: 100 }, (_, i) => 49_900 + i))
})

test('while somebody walks along the seats nobody is moved, and afterwards all move up', () => {
  const seats = new Seats<Viewer>('a')
  const all = viewers(1_000)
  for (const viewer of all) seats.add(viewer, 0)
  seats.walked = true
  for (const viewer of all.slice(0, 999)) seats.delete(viewer)
  const last = all[999]!
  expect(seats.listeners[999]).toBe(last)
  expect(seats.has(last)).toBe(true)
  seats.walked = false
  expect(idsOn(seats)).toEqual([999])
  expect(seats.delete(last)).toBe(true)
  expect([seats.size, seats.has(last)]).toEqual([0, false])
})
