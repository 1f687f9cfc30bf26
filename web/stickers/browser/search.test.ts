import { expect, test } from 'bun:test'
import { findable, folded, search } from './search.ts'

const all = (
  [
    ['elan', 'Élan vital', ['joy']],
    ['street', 'Straßenfest', ['party']],
    ['warm', 'Ilık', []],
    ['odos', 'Οδός', []],
    ['love', 'حُبّ', ['قلب']],
    ['heart', 'दिल', ['प्यार']],
    ['sushi', '寿司まつり', []],
    ['lodz', 'Łódź', []],
    ['bread', 'Smørrebrød', ['élan']],
  ] as const
).map(([sticker, title, keywords]) => findable({ sticker, title, keywords: [...keywords] }))
const found = (query: string) => search(all, query).map(({ sticker }) => sticker)

test.each([
  ['elan', ['elan', 'bread']],
  ['ÉLAN', ['elan', 'bread']],
  ['vit ela', ['elan']],
  ['strasse', ['street']],
  ['fest', ['street']],
  ['ilik', ['warm']],
  ['ΟΔΟΣ', ['odos']],
  ['οδος', ['odos']],
  ['حب', ['love']],
  ['قلب', ['love']],
  ['दिल', ['heart']],
  ['प्यार', ['heart']],
  ['まつり', ['sushi']],
  ['lodz', ['lodz']],
  ['smorrebrod', ['bread']],
  ['party joy', []],
  ['nothing', []],
])('“%s” finds %j, by title before keyword', (query, stickers) => {
  expect(found(query)).toEqual([...stickers])
})

test('an emoji finds itself', () => {
  const drum = findable({ sticker: 'drum', title: 'Drum', emoji: '🥁' })
  expect(search([drum], ' 🥁 ').map(({ sticker }) => sticker)).toEqual(['drum'])
  expect(search([drum], '🎺')).toEqual([])
})

test('what a text is folded to is the same when it is folded again', () => {
  for (const text of ['Élan', 'ß', 'ﬁ', 'İı', 'Œuvre', 'ｱｲｽ', 'דָּג'])
    expect(folded(folded(text))).toBe(folded(text))
})
