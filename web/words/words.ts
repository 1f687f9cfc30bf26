import { load } from '../load/load.ts'
import { en } from './en.ts'
import type { enPolls } from './en-polls.ts'
import type { enRibbon } from './en-ribbon.ts'
import type { enRooms } from './en-rooms.ts'
import type { enStickers } from './en-stickers.ts'
import type { enVideo } from './en-video.ts'
import type { Message } from './message.ts'

export type Key =
  | keyof typeof en
  | keyof typeof enPolls
  | keyof typeof enRibbon
  | keyof typeof enRooms
  | keyof typeof enStickers
  | keyof typeof enVideo
export type Messages = Record<Key, Message>

/** Formats a message with its values: numbers as the language writes them, texts isolated from its direction. */
export type Say = (key: Key, values?: Readonly<Record<string, string | number>>) => string

/** Languages with a file beside this one, in alphabetical order. English is bundled with the code that uses it. */
const LANGUAGES = ['ar', 'de', 'es', 'hi']
type Fetch = (language: string, signal: AbortSignal) => Promise<{ messages: Partial<Messages> } | undefined>

/** The texts of one page, or of one element on another site's page: each uses the language of its show. */
export class Words {
  readonly #fetch: Fetch
  /** The English texts loaded so far: those of a late script come with it. */
  readonly #english: Partial<Messages> = { ...en }
  #messages: Partial<Messages> = this.#english
  #plural = new Intl.PluralRules('en')
  #number = new Intl.NumberFormat('en')
  #list = new Intl.ListFormat('en')
  /** The language requested last. */
  #asked = 'en'
  #asking = new AbortController()

  /** @param server Base URL of the other languages' files, without a slash at its end. */
  constructor(
    server: string,
    fetch: Fetch = (language, signal) => load(`${server}/words/${language}.js`, { signal }),
  ) {
    this.#fetch = fetch
  }

  /** Adds the English texts of a late script before it needs them. */
  readonly learn = (messages: Partial<Messages>): void => void Object.assign(this.#english, messages)

  readonly say: Say = (key, values = {}) => {
    // A cached file may be older than the code, and lack the key.
    const message: Message = this.#messages[key] ?? this.#english[key]!
    const text =
      typeof message === 'string' ? message : formOf(message, this.#plural.select(Number(values.n)))
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name]!
      return typeof value === 'number' ? this.#number.format(value) : `\u2068${value}\u2069`
    })
  }

  /** A list in the language's form: `Ann, Ben, and Cleo`. */
  readonly list = (texts: readonly string[]): string => this.#list.format(texts)

  /**
   * Switches to a show's language if it has texts, else to English; numbers are formatted in the show's language either way.
   * The latest request counts, whichever file arrives first; a file that fails to load is retried until it succeeds.
   * @param tag BCP 47, valid.
   * @returns Whether texts must be rendered again.
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

  /** Stops loading. */
  close(): void {
    this.#asking.abort()
  }
}

const formOf = (message: Exclude<Message, string>, rule: Intl.LDMLPluralRule): string =>
  message[rule] ?? message.other
