import { en } from './en.ts'
import type { enRooms } from './en-rooms.ts'
import type { Message } from './message.ts'

export type Key = keyof typeof en | keyof typeof enRooms
export type Messages = Record<Key, Message>

/** English as far as it is here: what belongs to a part that is loaded late comes with it. */
const english = { ...en } as Messages
/** Takes the English words of such a part, before it says anything. */
export const learn = (messages: Partial<Messages>): void => void Object.assign(english, messages)

/** One file a language, fetched by whoever needs it. */
type Files = Record<string, () => Promise<{ messages: Messages }>>
const LANGUAGES: Files = {
  ar: () => import('./ar.ts'),
  de: () => import('./de.ts'),
  es: () => import('./es.ts'),
  hi: () => import('./hi.ts'),
}

/** A page speaks one language, as it has one `lang`. */
let spoken: { messages: Messages; plural: Intl.PluralRules; number: Intl.NumberFormat } = {
  messages: english,
  plural: new Intl.PluralRules('en'),
  number: new Intl.NumberFormat('en'),
}
/** What was asked for last; undefined: its file did not come. */
let asked: string | undefined = 'en'

/**
 * Speaks a show's language from now on, where the page has words in it, and English where it has none; numbers are written
 * as the language does in any case. The newest that is asked for holds, whichever file comes first.
 * @param tag BCP 47, valid.
 * @returns Whether there is something to say anew.
 */
export async function speak(tag: string, files: Files = LANGUAGES): Promise<boolean> {
  if (tag === asked) return false
  asked = tag
  const { language } = new Intl.Locale(tag)
  const number = new Intl.NumberFormat(tag)
  try {
    const own = await files[language]?.()
    if (tag !== asked) return false
    spoken = { messages: own?.messages ?? english, plural: new Intl.PluralRules(own ? tag : 'en'), number }
    return true
  } catch {
    // The file does not come: what was spoken goes on, and the next change of the show asks again.
    if (tag === asked) asked = undefined
    return false
  }
}

/** One of the page's messages, with its values put in: numbers as the language writes them, texts isolated from its direction. */
export function say(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  const { messages, plural, number } = spoken
  const message: Message = messages[key]
  const text = typeof message === 'string' ? message : formOf(message, plural.select(Number(values.n)))
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]!
    return typeof value === 'number' ? number.format(value) : `\u2068${value}\u2069`
  })
}

const formOf = (message: Exclude<Message, string>, rule: Intl.LDMLPluralRule): string =>
  message[rule] ?? message.other
