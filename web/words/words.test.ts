import { afterEach, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { en } from './en.ts'
import { enRooms } from './en-rooms.ts'
import type { Message } from './message.ts'
import { type Key, type Messages, say, speak } from './words.ts'

afterEach(async () => {
  await speak('en')
})

const placeholders = (message: Message): string[] =>
  [...new Set(JSON.stringify(message).match(/\{\w+\}/g))].sort()

const languages = readdirSync(import.meta.dir).filter(
  (name) => /^[a-z]{2}\.ts$/.test(name) && name !== 'en.ts',
)

test.each(languages)(
  'every message of %s has a value wherever the English one has, and no plural form that it lacks',
  async (file) => {
    const { messages }: { messages: Messages } = await import(`./${file}`)
    const { pluralCategories } = new Intl.PluralRules(file.slice(0, 2)).resolvedOptions()
    for (const [key, message] of Object.entries(messages)) {
      expect([key, placeholders(message)]).toEqual([key, placeholders({ ...en, ...enRooms }[key as Key])])
      if (typeof message === 'string') continue
      for (const form of Object.keys(message)) expect(pluralCategories).toContain(form as Intl.LDMLPluralRule)
    }
  },
)

test("a message has its language's plural and its numbers, and a name keeps its own direction", async () => {
  expect([1, 2].map((n) => say('textLeft', { n }))).toEqual(['1 character left', '2 characters left'])
  await speak('de-AT')
  expect(say('watching', { n: 12_345 })).toBe('12\u00a0345 schauen zu')
  await speak('ar-EG')
  expect([1, 2, 3, 11, 100].map((n) => say('textLeft', { n }))).toEqual([
    'بقي حرف واحد',
    'بقي حرفان',
    'بقيت ٣ أحرف',
    'بقي ١١ حرفًا',
    'بقي ١٠٠ حرف',
  ])
  expect(say('postAs', { name: 'Ann' })).toBe('انشر باسم \u2068Ann\u2069')
})

test('a language that the page has no words in is English, with its numbers', async () => {
  await speak('fr-CH')
  expect(say('live')).toBe('Live')
  expect(say('watching', { n: 2 })).toBe('2 watching')
})

test('the newest language holds, though an earlier file comes later', async () => {
  const file = Promise.withResolvers<{ messages: Messages }>()
  const slow = speak('de', { de: () => file.promise })
  expect(await speak('en')).toBe(true)
  file.resolve(await import('./de.ts'))
  expect(await slow).toBe(false)
  expect(say('watching', { n: 2 })).toBe('2 watching')
})

test('a file that did not come is asked for again, one that came is not', async () => {
  expect(await speak('de', { de: () => Promise.reject(new Error('no network')) })).toBe(false)
  expect(say('watching', { n: 2 })).toBe('2 watching')
  expect(await speak('de')).toBe(true)
  expect(say('watching', { n: 2 })).toBe('2 schauen zu')
  expect(await speak('de')).toBe(false)
})
