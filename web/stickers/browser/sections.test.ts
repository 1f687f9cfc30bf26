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

test('rows hold every sticker once, in order, and are counted with a row for each heading', () => {
  const sections = [
    { title: 'Match', stickers },
    { title: 'Terrace', stickers: stickers.slice(1, 2) },
  ]
  const rows = rowsOf(sections, 3)
  expect(rows.map(({ section, stickers, index }) => [section, stickers.length, index])).toEqual([
    [0, 3, 2],
    [0, 1, 3],
    [1, 1, 5],
  ])
  expect(rows.flatMap(({ stickers }) => stickers)).toEqual([...stickers, stickers[1]!])
  expect(rowsOf([], 3)).toEqual([])
})
