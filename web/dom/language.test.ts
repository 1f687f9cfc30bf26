import { expect, test } from 'bun:test'
import { languageOf } from './language.ts'

test("a language's direction is that of its script", () => {
  const directions = (...tags: string[]) => tags.map((tag) => languageOf(tag).direction)
  expect(directions('ar', 'ar-EG', 'he', 'fa', 'ur', 'ckb', 'dv', 'yi', 'uz-Arab', 'pa-PK')).toEqual(
    Array(10).fill('rtl'),
  )
  expect(directions('en', 'hi', 'de', 'uz', 'pa', 'ar-Latn', 'ja', 'tr')).toEqual(Array(8).fill('ltr'))
})

test('numbers are grouped and written as the language does', () => {
  expect(languageOf('en').number(1_234_567)).toBe('1,234,567')
  expect(languageOf('hi').number(1_234_567)).toBe('12,34,567')
  expect(languageOf('de').number(1_234_567)).toBe('1.234.567')
  expect(languageOf('ar-EG').number(1_234)).toBe('١٬٢٣٤')
  expect(languageOf('en').percent(29)).toBe('29%')
  expect(languageOf('de').percent(29)).toBe('29\u00a0%')
})

test('what is no language is English', () => {
  for (const tag of ['', 'not a language', '_', undefined]) {
    expect(languageOf(tag)).toMatchObject({ tag: 'en', direction: 'ltr' })
  }
})
