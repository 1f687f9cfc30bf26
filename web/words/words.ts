import { load } from '../load/load.ts'
import { en } from './en.ts'
import type { enPolls } from './en-polls.ts'
import type { enRooms } from './en-rooms.ts'
import type { enStickers } from './en-stickers.ts'
import type { Message } from './message.ts'

export type Key = keyof typeof en | keyof typeof enPolls | keyof typeof enRooms | keyof typeof enStickers
export type Messages = Record<Key, Message>

/** Says a message with its values put in: numbers as the language writes them, texts isolated from its direction. */
export type Say = (key: Key, values?: Readonly<Record<string, string | number>>) => string

/** The languages that have a file beside this one, in alphabetical order. English comes with the code that speaks it. */
const LANGUAGES = ['ar', 'de', 'es', 'hi']
type Fetch = (language: string, signal: AbortSignal) => Promise<{ messages: Partial<Messages> } | undefined>

/** The words of one page, or of one element on somebody's page: each speaks the language of its show. */
export class Words {
  readonly #fetch: Fetch
  /** English as far as it is here: what belongs to a part that is loaded late comes with it. */
  readonly #english: Partial<Messages> = { ...en }
  #messages: Partial<Messages> = this.#english
  #plural = new Intl.PluralRules('en')
  #number = new Intl.NumberFormat('en')
  #list = new Intl.ListFormat('en')
  /** What was asked for last. */
  #asked = 'en'
  #asking = new AbortController()

  /** @param server Where the files of the other languages are, without a slash at its end. */
  constructor(
    server: string,
    fetch: Fetch = (language, signal) => load(`${server}/words/${language}.js`, { signal }),
  ) {
    this.#fetch = fetch
  }

  /** Takes the English words of a part that is loaded late, before it says anything. */
  readonly learn = (messages: Partial<Messages>): void => void Object.assign(this.#english, messages)

  readonly say: Say = (key, values = {}) => {
    // A file that a cache kept may be older than what is to be said.
    const message: Message = this.#messages[key] ?? this.#english[key]!
    const text =
      typeof message === 'string' ? message : formOf(message, this.#plural.select(Number(values.n)))
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name]!
      return typeof value === 'number' ? this.#number.format(value) : `\u2068${value}\u2069`
    })
  }

  /** Several things as the language lists them: `Ann, Ben, and Cleo`. */
  readonly list = (texts: readonly string[]): string => this.#list.format(texts)

  /**
   * Speaks a show's language from now on, where there are words in it, and English where there are none; numbers are written
   * as the language does in any case. The newest that is asked for holds, whichever file comes first;
   * a file that does not come is asked for again until it does.
   * @param tag BCP 47, valid.
   * @returns Whether there is something to say anew.
   */
  async speak(tag: string): Promise<boolean> {
    if (tag === this.#asked) return false
    this.#asked = tag
    this.#asking.abort()
    this.#asking = new AbortController()
    const { signal } = this.#asking
    const { language } = new Intl.Locale(tag)
    const isHere = LANGUAGES.includes(language)
    const own = isHere ? await this.#fetch(language, signal) : undefined
    if (signal.aborted) return false
    const spoken = own ? tag : 'en'
    this.#messages = own?.messages ?? this.#english
    this.#plural = new Intl.PluralRules(spoken)
    this.#list = new Intl.ListFormat(spoken)
    this.#number = new Intl.NumberFormat(tag)
    return true
  }

  /** Asks for no file any more. */
  close(): void {
    this.#asking.abort()
  }
}

const formOf = (message: Exclude<Message, string>, rule: Intl.LDMLPluralRule): string =>
  message[rule] ?? message.other
