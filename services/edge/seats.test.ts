import { expect, test } from 'bun:test'
import { SmallMap } from '../../engine/small-map.ts'
import { type Seated, Seats, type Span } from './seats.ts'

interface Viewer extends Seated<Viewer> {
  id: number
}

const viewers = (count: number): Viewer[] =>
  Array.from({ length: count }, (_, id) => ({ id, fd: id, seats: new SmallMap() }))
const idsOn = ({ listeners }: Seats<Viewer>) => listeners.flatMap((viewer) => viewer?.id ?? [])

test('a channel through which a whole crowd has gone keeps no more seats than who is there needs', () => {
  const seats = new Seats<Viewer>('a')
  const all = viewers(50_000)
  for (const [at, viewer] of all.entries()) {
    seats.add(viewer)
    if (at >= 100) seats.delete(all[at - 100]!)
  }
  expect(seats.size).toBe(100)
  expect(seats.listeners.length).toBeLessThan(300)
  expect(idsOn(seats)).toEqual(Array.from({ length: 100 }, (_, i) => 49_900 + i))
})

test('while somebody walks along the seats nobody is moved, and afterwards all move up', () => {
  const seats = new Seats<Viewer>('a')
  const all = viewers(1_000)
  for (const viewer of all) seats.add(viewer)
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

test('a span has those who were there, wherever they move, and none who came later', () => {
  const seats = new Seats<Viewer>('a')
  const all = viewers(1_000)
  const add = (from: number, to: number) => all.slice(from, to).forEach((viewer) => void seats.add(viewer))
  const nobody = seats.span()
  add(0, 400)
  const early = seats.span()
  add(400, 700)
  const [most, forgotten] = [seats.span(), seats.span()]
  seats.forget(forgotten)
  add(700, 1_000)
  const everybody = seats.span()
  for (const viewer of all) if (viewer.id % 10 > 0) seats.delete(viewer)
  expect(seats.listeners.length).toBeLessThan(300)
  const idsIn = ({ end }: Span) => seats.listeners.slice(0, end).flatMap((viewer) => viewer?.id ?? [])
  const tens = (to: number) => Array.from({ length: to / 10 }, (_, i) => 10 * i)
  expect([nobody, early, most, everybody].map(idsIn)).toEqual([[], tens(400), tens(700), tens(1_000)])
  expect(forgotten.end).toBe(700)
})
