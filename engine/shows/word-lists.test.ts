import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { WORD_LISTS_MAX, WORDS_MAX } from '../../protocol/limits.ts'
import type { Show } from '../../protocol/show.ts'
import { changeWordList, sizesOf, tidyWordList, wordJudge } from './word-lists.ts'

const SHOW: Show = { show: 'final', title: 'Final', stickers: [], segments: [], version: 1 }
const holds = (...hold: string[]) => {
  const judge = wordJudge([{ language: 'en', hold, refuse: [] }])
  return (text: string) => judge(text) !== undefined
}

test('a word in a longer word is no word of the list, and one with a mark is another', () => {
  const isHeld = holds('cunt', 'ass', 'ano', 'hell')
  for (const text of [
    'Scunthorpe United',
    'a classic pass',
    'feliz año nuevo',
    'hello shells',
    'as good as it gets',
  ])
    expect([text, isHeld(text)]).toEqual([text, false])
})

describe('an entry is found in what a reader reads as it', () => {
  test.each([
    ['damn', ['DAMN it', 'oh, damn!', 'ｄａｍｎ', '𝓭𝓪𝓶𝓷', 'd\u00adamn', '"damn"', 'damn_it', 'well.damn']],
    ['damn', ['d4mn', 'dаmn', 'd@mn', 'daaaamn', 'damnnnnn', 'd a m n', 'D.A.M.N.', 'd-a-m-n you']],
    ['ass', ['a55', '@ss', 'assssss', 'a$$']],
    ['strasse', ['Straße', 'STRASSE']],
    ['ΟΔΟΣ', ['οδος', 'οδοσ', 'Οδός'.normalize('NFD').replace(/\u0301/g, '')]],
    ['go home', ['Go  home!', 'go, home', 'just go HOME now']],
    ['fu**', ['fuming']],
    ['scheiß*', ['so eine Scheiße', 'scheissegal']],
    ['🖕', ['🖕🏽', 'you 🖕', '🖕🖕']],
    ['ห่า', ['ไอ้ห่า']],
    ['笨蛋', ['你是笨蛋', '笨蛋！']],
    ['चोर', ['यह चोर है']],
    ['كلب', ['يا كَلْب', 'كـلـب']],
  ])('%s', (entry, texts) => {
    for (const text of texts) expect([text, holds(entry)(text)]).toEqual([text, true])
  })
})

test('a number, a word of another script and a stretched word are only what they are', () => {
  const isHeld = holds('ass', 'cop', 'god', 'you')
  for (const text of ['455', 'сор', 'noooo good', 'a b c d', '5 vs 4', 'youth'])
    expect([text, isHeld(text)]).toEqual([text, false])
})

test('what is to be refused comes before what is to be held, and the entry is named as it was written', () => {
  const judge = wordJudge([
    { language: 'de', hold: ['Mist'], refuse: [] },
    { language: 'en', hold: [], refuse: ['Damn it'] },
  ])
  expect(judge('mist, damn it')).toEqual({ does: 'refuse', entry: 'Damn it' })
  expect(judge('so ein MIST')).toEqual({ does: 'hold', entry: 'Mist' })
  expect(judge('damn')).toBeUndefined()
  expect(wordJudge()('anything')).toBeUndefined()
})

test('whatever stands around an entry, and whatever its case and form, it is found', () => {
  const letters = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzäöüßéñабвгдежзικλμν')
  const word = fc.array(letters, { minLength: 1, maxLength: 8 }).map((all) => all.join(''))
  const space = fc.constantFrom(' ', ', ', '! ', ' … ', '\n')
  const form = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => text.normalize('NFD'),
    (text) => [...text].map((letter) => `${letter}\u00ad`).join(''),
  )
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 3 }),
      word,
      word,
      space,
      form,
      (entry, before, after, gap, change) => {
        const text = [before, ...entry.map(change), after].join(gap)
        expect(holds(entry.join(' '))(text)).toBe(true)
      },
    ),
  )
})

test('plain words of no list are never held, and no text makes it throw', () => {
  const plain = fc.array(fc.constantFrom('wonderful', 'catch', 'over', 'great', 'kites', 'lanterns'), {
    minLength: 1,
  })
  const point = fc.integer({ min: 0, max: 0x10ffff }).map((one) => String.fromCodePoint(one))
  const anything = fc.array(point, { maxLength: 560 }).map((all) => all.join(''))
  const isHeld = holds('cat', 'ove', 'reat', 'kite', 'ant*ern')
  fc.assert(fc.property(plain, (words) => expect(isHeld(words.join(' '))).toBe(false)))
  fc.assert(fc.property(anything, (text) => void isHeld(text)))
})

test('words of an entry stand apart in a text too', () => {
  expect(holds('go home')('gohome')).toBe(false)
  expect(holds('gohome')('go home')).toBe(false)
  expect(holds('mutant')('damn')).toBe(false)
})

test('signs around an entry are none of it, and a word that nothing parts from the next is not two', () => {
  expect(holds('"damn!"')('damn it')).toBe(true)
  expect(holds('你是')('你 是')).toBe(false)
})

test('the beginning of a Greek word is found within one, where its last sigma is another letter', () => {
  const isHeld = holds('ΟΔΟΣ*')
  expect([isHeld('οδοσήμανση'), isHeld('οδοντίατρος')]).toEqual([true, false])
})

test('a dotted capital I of Turkish is the letter that others write', () => {
  expect(holds('pis')('PİS')).toBe(true)
})

test('a list has its language as BCP 47 writes it and no entry twice; the trail says how long it is and not what is in it', () => {
  const list = tidyWordList({ language: 'PT-br', hold: ['a', 'b', 'a'], refuse: ['c', 'c', 'd', 'e'] })
  expect(list).toEqual({ language: 'pt-BR', hold: ['a', 'b'], refuse: ['c', 'd', 'e'] })
  expect(sizesOf(list)).toEqual({ language: 'pt-BR', hold: 2, refuse: 3 })
})

describe('the lists of a show', () => {
  const list = (language: string, hold: string[]) => ({ language, hold, refuse: [] })

  test('one language has one list, and an empty one is none', () => {
    const once = changeWordList(changeWordList(SHOW, list('en', ['damn'])), list('de', ['Mist']))
    expect(once).toMatchObject({ wordLists: [list('de', ['Mist']), list('en', ['damn'])], version: 3 })
    const changed = changeWordList(once, list('en', ['hell']))
    expect(changed.wordLists).toEqual([list('de', ['Mist']), list('en', ['hell'])])
    const none = changeWordList(changeWordList(changed, list('en', [])), list('de', []))
    expect(none).toEqual({ ...SHOW, version: 6 })
    // A list with equally many words to hold and to refuse is not empty.
    const both = { language: 'en', hold: ['damn'], refuse: ['hell'] }
    expect(changeWordList(SHOW, both).wordLists).toEqual([both])
  })

  test('more than a show may have, and an entry in which nothing is, are refused', () => {
    const many = Array.from({ length: WORDS_MAX }, (_, i) => `word${i}`)
    const full = changeWordList(SHOW, list('en', many))
    expect(() => changeWordList(full, list('de', ['Mist']))).toThrow('entries')
    expect(() => changeWordList(SHOW, list('en', ['?!']))).toThrow('"?!"')
    let show = SHOW
    for (let i = 0; i < WORD_LISTS_MAX; i++) show = changeWordList(show, list(`x-${i}`, ['a']))
    expect(() => changeWordList(show, list('en', ['a']))).toThrow('languages')
  })
})
