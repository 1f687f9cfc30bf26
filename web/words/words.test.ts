import { expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { en } from './en.ts'
import { enPolls } from './en-polls.ts'
import { enRibbon } from './en-ribbon.ts'
import { enRooms } from './en-rooms.ts'
import { enStickers } from './en-stickers.ts'
import { enVideo } from './en-video.ts'
import type { Message } from './message.ts'
import { type Messages, Words } from './words.ts'

const ENGLISH: Record<string, Message> = {
  ...en,
  ...enPolls,
  ...enRibbon,
  ...enRooms,
  ...enStickers,
  ...enVideo,
}

const fetchFile = (language: string): Promise<{ messages: Messages }> => import(`./${language}.ts`)
const spoken = async (tag: string): Promise<Words> => {
  const words = new Words('', fetchFile)
  await words.speak(tag)
  return words
}

const placeholders = (message: Message): string[] =>
  [...new Set(JSON.stringify(message).match(/\{\w+\}/g))].sort()
const textsOf = (message: Message): string[] =>
  typeof message === 'string' ? [message] : Object.values(message)

const languages = readdirSync(import.meta.dir)
  .filter((name) => /^[a-z]{2}\.ts$/.test(name) && name !== 'en.ts')
  .map((name) => name.slice(0, 2))

/** Forms that the numbers of a show take: people, votes, seconds. */
const formsOf = (language: string): string[] => {
  const plural = new Intl.PluralRules(language)
  return [...new Set(Array.from({ length: 200 }, (_, n) => plural.select(n + 1)))].sort()
}

/** Words that are the same in a language as in English. */
const SAME: Record<string, RegExp> = {
  ar: /^$/,
  de: /^(Live|Sticker|\{n\} Sticker|\{n\} s)$/,
  es: /^(Stickers|\{n\} stickers?|\{n\} s|\{days\} d \{hours\} h)$/,
  hi: /^$/,
}

test.each(languages)(
  'every message is there in %s, with its values and every plural form',
  async (language) => {
    const messages: Record<string, Message> = (await fetchFile(language)).messages
    expect(Object.keys(messages).sort()).toEqual(Object.keys(ENGLISH).sort())
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
    for (const [key, message] of Object.entries(messages)) {
      // A form may say its number in a word: "two votes" is one word in Arabic.
      expect([key, placeholders(message)]).toEqual([key, placeholders(ENGLISH[key]!)])
      if (typeof message === 'string') continue
      for (const form of Object.keys(message)) expect(pluralCategories).toContain(form as Intl.LDMLPluralRule)
      expect([key, Object.keys(message)]).toEqual([key, expect.arrayContaining(formsOf(language))])
    }
  },
)

test.each(languages)('no message of %s is the English one', async (language) => {
  const messages: Record<string, Message> = (await fetchFile(language)).messages
  const left = Object.entries(messages).flatMap(([key, message]) => {
    const english = new Set(textsOf(ENGLISH[key]!))
    return textsOf(message).filter(
      (text) =>
        english.has(text) && /\p{L}/u.test(text.replace(/\{\w+\}/g, '')) && !SAME[language]!.test(text),
    )
  })
  expect(left).toEqual([])
})

test("a message has its language's plural and its numbers, and a name keeps its own direction", async () => {
  const { say } = new Words('')
  expect([1, 2].map((n) => say('textLeft', { n }))).toEqual(['1 character left', '2 characters left'])
  expect((await spoken('de-AT')).say('watching', { n: 12_345 })).toBe('12\u00a0345 schauen zu')
  const arabic = await spoken('ar-EG')
  expect([1, 2, 3, 11, 100].map((n) => arabic.say('textLeft', { n }))).toEqual([
    'بقي حرف واحد',
    'بقي حرفان',
    'بقيت ٣ أحرف',
    'بقي ١١ حرفًا',
    'بقي ١٠٠ حرف',
  ])
  expect(arabic.say('postAs', { name: 'Ann' })).toBe('انشر باسم \u2068Ann\u2069')
  expect([new Words('').list(['Ann', 'Ben']), arabic.list(['Ann', 'Ben'])]).toEqual([
    'Ann and Ben',
    'Ann وBen',
  ])
})

test('a language that the page has no words in is English, with its numbers', async () => {
  const { say } = await spoken('fr-CH')
  expect(say('live')).toBe('Live')
  expect(say('watching', { n: 2 })).toBe('2 watching')
})

test('a show and another one beside it speak each its own language', async () => {
  const [german, spanish] = await Promise.all([spoken('de'), spoken('es')])
  expect([german.say('pollVote'), spanish.say('pollVote')]).toEqual(['Abstimmen', 'Votar'])
})

test('what a file that is older than the page does not have is said in English', async () => {
  const words = new Words('', () => Promise.resolve({ messages: { live: 'En direct' } }))
  await words.speak('de')
  expect([words.say('live'), words.say('paused')]).toEqual(['En direct', 'Paused'])
})

test('the newest language holds, though an earlier file comes later', async () => {
  const file = Promise.withResolvers<{ messages: Messages }>()
  const words = new Words('', () => file.promise)
  const slow = words.speak('de')
  expect(await words.speak('en')).toBe(true)
  file.resolve(await fetchFile('de'))
  expect(await slow).toBe(false)
  expect(words.say('watching', { n: 2 })).toBe('2 watching')
})

test('a file that came is not asked for again, and one that nobody waits for any more is given up', async () => {
  const asked: AbortSignal[] = []
  const words = new Words('', (language, signal) => {
    asked.push(signal)
    return language === 'ar' ? new Promise(() => {}) : fetchFile(language)
  })
  expect(await words.speak('de')).toBe(true)
  expect(await words.speak('de')).toBe(false)
  void words.speak('ar')
  expect(words.say('watching', { n: 2 })).toBe('2 schauen zu')
  words.close()
  expect(asked.map(({ aborted }) => aborted)).toEqual([true, true])
})
