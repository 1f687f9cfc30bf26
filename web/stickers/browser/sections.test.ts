import { expect, test } from 'bun:test'
import { enStickers } from '../../words/en-stickers.ts'
import { Words } from '../../words/words.ts'
import { rowsOf, sectionsOf } from './sections.ts'

const { say, learn } = new Words('')
learn(enStickers)
const stickers = [
  { sticker: 'six', title: 'Six', category: 'Match' },
  { sticker: 'drum', title: 'Drum', category: 'Terrace' },
  { sticker: 'four', title: 'Four', category: 'Match' },
  { sticker: 'heart', title: 'Heart' },
]
const idsOf = (own: { recent: string[]; favourites: string[] }) =>
  sectionsOf(stickers, own, say).map(({ title, stickers }) => [title, stickers.map(({ sticker }) => sticker)])

test("what is the viewer's own comes first, categories follow in the show's order, and none is empty", () => {
  expect(idsOf({ recent: ['drum', 'gone'], favourites: [] })).toEqual([
    ['Recent', ['drum']],
    ['Match', ['six', 'four']],
    ['Terrace', ['drum']],
    ['Stickers', ['heart']],
  ])
  expect(idsOf({ recent: ['gone'], favourites: ['heart', 'six'] })[0]).toEqual([
    'Favourites',
    ['heart', 'six'],
  ])
})

test('rows hold every sticker once, in order', () => {
  const rows = rowsOf(stickers, 3)
  expect(rows.map(({ length }) => length)).toEqual([3, 1])
  expect(rows.flat()).toEqual(stickers)
  expect(rowsOf([], 3)).toEqual([])
})
