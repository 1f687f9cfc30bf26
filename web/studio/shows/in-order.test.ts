import { expect, test } from 'bun:test'
import type { StudioShow } from '../api/queries.ts'
import { inOrder } from './in-order.ts'

const show = (title: string, more: Partial<StudioShow> = {}) =>
  ({ show: title.toLowerCase().replaceAll(' ', '-'), title, state: 'scheduled', ...more }) as StudioShow
const sorted = (...shows: StudioShow[]) => shows.toSorted(inOrder).map(({ title }) => title)

test('shows of no time, or of the same, stand as people count', () => {
  for (const more of [{}, { starts: 5 }, { state: 'ended', ends: 5 }] as const) {
    const shows = ['Show number 10', 'show number 2', 'Show number 1'].map((title) => show(title, more))
    expect(sorted(...shows)).toEqual(['Show number 1', 'show number 2', 'Show number 10'])
  }
})

test('upcoming shows stand by their start, past ones by their end, the latest first', () => {
  const [early, late] = [show('B', { starts: 1 }), show('A', { starts: 2 })]
  expect(sorted(show('0'), late, early)).toEqual(['B', 'A', '0'])
  const past = [show('A', { state: 'ended', ends: 1 }), show('B', { state: 'ended', ends: 2 })]
  expect(sorted(...past)).toEqual(['B', 'A'])
})
