import { expect, test } from 'bun:test'
import * as v from 'valibot'
import { words } from './words.ts'

const faultOf = (given: string) => v.safeParse(words, given).issues?.[0].message

test.each([
  ['Größe', 'a German word'],
  ['علی\u200cرضا', 'a Persian name with a joiner'],
  ['\u200fمن يفوز؟', 'an Arabic question after a mark of direction'],
  ['मैच', 'a Hindi word'],
  ['\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', 'a family'],
  ['\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', 'a flag of tags'],
  ['\u2068FC Köln\u2069 – \u2068الأهلي\u2069', 'names in isolates that are closed'],
  ['\u{1faea}', 'an emoji, also a newer one than the program'],
  ['6', 'a number'],
  ['?', 'a sign'],
])('%s is what a producer may write: %s', (given) => {
  expect(v.parse(words, given)).toBe(given)
})

test.each([
  ['\u3164', 'a filler'],
  ['\uffa0', 'a narrow filler'],
  ['\u2800', 'an empty Braille cell'],
  ['\u200b', 'a space of no width'],
  ['\u200d', 'a joiner'],
  ['\ufe0f', 'a selector'],
  ['\u00ad', 'a soft hyphen'],
  ['\u0301', 'a mark on nothing'],
  ['\u{e0041}\u{e0042}', 'tags'],
  ['\u{1d173}', 'a musical control'],
])('%j alone is nothing that can be seen: %s', (given) => {
  expect(faultOf(given)).toBe('has nothing that can be seen')
})

test.each([
  ['abc\u202edef', 'U+202E'],
  ['\u2066abc', 'U+2066'],
  ['abc\u2069', 'U+2069'],
  ['a\u2028b', 'U+2028'],
  ['a\u0085b', 'U+0085'],
  ['a\nb', 'U+000A'],
  ['\ue000', 'U+E000'],
  ['\ud800', 'U+D800'],
  ['\ufffd', 'U+FFFD'],
])('%j is refused by the name of what is in it', (given, name) => {
  expect(faultOf(given)).toBe(`has the character ${name}, which is not shown as it is`)
})
