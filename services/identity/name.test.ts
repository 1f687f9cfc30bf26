import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { NAME_LENGTH_MAX, NAME_UNITS_MAX } from '../../protocol/limits.ts'
import { cleanName } from './name.ts'

const ENGLAND = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'
const SCOTLAND = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'
const WALES = '\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}'

test('a name is whole in every script', () => {
  const names = [
    'မြို့တော်',
    'བསྒྲུབས་',
    'ཧཱུྃ',
    'שָׁלוֹם בֵּרְאשִׁית',
    'علی\u200cرضا',
    'مُحَمَّد',
    'क्\u200dष',
    // As old Malayalam and Bengali spell their letters without a vowel.
    'മോഹന്\u200dലാല്\u200d',
    'ന\u09cd\u200d',
    'മോഹന്\u200d ലാല്\u200d',
    'ᠮᠠᠨ\u180eᠠ',
    'ශ්\u200dරී',
    'ที่รัก',
    'Nguyễn',
    '葛\u{e0100}城',
    `${ENGLAND} Harry`,
    `Mac ${SCOTLAND}${WALES}`,
    '👩\u200d👩\u200d👧\u200d👦',
    '❤\ufe0f\u200d🔥 Ann',
    '1\ufe0f\u20e3',
    '🇩🇪 Ben',
    // Unicode keeps room for emoji: devices may know one that this program does not.
    'Ann \u{1fafc}',
    '\u{1fadd}\ufe0f\u200d\u{1f525}',
  ].map((name) => name.normalize('NFC'))
  expect(names.map(cleanName)).toEqual(names)
})

test('a name that shows nothing is none', () => {
  const names = [
    '\u3164',
    '\u2800',
    '\u200d',
    '\ufe0f',
    '\u200c',
    '\u115f\u1160',
    '\uffa0',
    '\u00ad',
    '\u034f',
    '\u180e',
    '\u{1d159}',
    '\u{13441}\u{13442}',
  ]
  for (const name of [
    ...names,
    '\u0301',
    '\u{e0067}\u{e007f}',
    '\ud83d',
    '\u202e',
    ' \u200d \ufe0f ',
    '\u3164\u2800',
  ])
    expect([name, cleanName(name)]).toEqual([name, ''])
  expect(cleanName(7)).toBe('')
})

test('what is invisible, turns the direction or draws over others is taken out of a name', () => {
  expect(cleanName('A\u202enn\u2066 \u200bB\u0000en')).toBe('Ann B en')
  expect(cleanName('A\u200dn\u200cn')).toBe('Ann')
  expect(cleanName(`a${'\u0335\u0336\u0337'.repeat(9)}`)).toBe('a\u0335\u0336')
  expect(cleanName(`ก${'\u0e47'.repeat(20)}`)).toBe('ก\u0e47')
  expect(cleanName(`\u{1f3f4}\u{e0067}x`)).toBe('\u{1f3f4}x')
  expect(cleanName('A\ud83dB')).toBe('A B')
  expect(cleanName('A\u180enn\u180e')).toBe('Ann')
  expect(cleanName('म\u180eम म\u200d')).toBe('मम म')
})

test('a name is cut between characters, by what a person counts', () => {
  expect(cleanName('မြို့'.repeat(40))).toBe('မြို့'.repeat(25))
  expect(cleanName('n'.repeat(40))).toBe('n'.repeat(32))
  expect(cleanName(ENGLAND.repeat(40))).toBe(ENGLAND.repeat(9))
})

test('what a mark or a joiner stood on may be taken out, and then it is too', () => {
  expect(cleanName(`${ENGLAND}\u200d\u0301`)).toBe(ENGLAND)
})

test('a cleaned name is within its bounds, well-formed, and cleaning it again changes nothing', () => {
  const odd = fc.constantFrom(
    '\u200d',
    '\u200c',
    '\ufe0f',
    '\u0301',
    '\u202e',
    '\ud83d',
    '\u3164',
    ' ',
    ENGLAND,
    '🇩',
    'م',
    'a',
    'ြ',
  )
  const name = fc
    .array(fc.oneof(odd, fc.string({ unit: 'binary' })), { maxLength: 80 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(name, (raw) => {
      const cleaned = cleanName(raw)
      expect(cleaned.isWellFormed()).toBe(true)
      expect(cleaned.length).toBeLessThanOrEqual(NAME_UNITS_MAX)
      expect([...new Intl.Segmenter().segment(cleaned)].length).toBeLessThanOrEqual(NAME_LENGTH_MAX)
      expect(cleaned).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/u)
      expect(cleanName(cleaned)).toBe(cleaned)
    }),
    { numRuns: 300 * Number(process.env.SEEDS ?? 1) },
  )
})
