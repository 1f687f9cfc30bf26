import type { MoodPacket } from '../../sdk/src/index.ts'
import { type Language, languageOf } from '../dom/language.ts'
import type { Say } from '../words/words.ts'
import { percents } from './shares.ts'

/** Between two announcements in the live region, so that a screen reader has time for everything else. */
const EVERY_MS = 10_000

export interface Side {
  title: string
  share: number
}

/**
 * Turns the mood into a few words for a screen reader, at most every 10 s, and only while something happens. Counts reactions
 * since the last announcement.
 */
export class Announcer {
  readonly #titleOf: (sticker: string) => string
  readonly #language: Language
  readonly #say: Say
  readonly #counts = new Map<string, number>()
  #n = 0
  #estimated = false
  #saidMs: number | undefined

  constructor({
    titleOf,
    say,
    language = languageOf(),
  }: { titleOf: (sticker: string) => string; say: Say; language?: Language }) {
    this.#say = say
    this.#titleOf = titleOf
    this.#language = language
  }

  add({ n, top, sample }: MoodPacket): void {
    this.#n += n
    this.#estimated ||= sample !== undefined
    for (const [sticker, count] of top) this.#counts.set(sticker, (this.#counts.get(sticker) ?? 0) + count)
  }

  /** The announcement due at `now`, or undefined. @param sides Empty if their shares are unknown. */
  take(now: number, sides: readonly Side[]): string | undefined {
    this.#saidMs ??= now
    if (this.#n === 0 || now - this.#saidMs < EVERY_MS) return undefined
    const [leader] = [...this.#counts].sort(([, a], [, b]) => b - a)
    const shares = percents(sides.map(({ share }) => share))
    const parts = [this.#say(this.#estimated ? 'moodSaidAbout' : 'moodSaid', { n: this.#n })]
    if (leader !== undefined) parts.push(this.#say('moodMost', { sticker: this.#titleOf(leader[0]) }))
    for (const [i, { title }] of sides.entries())
      parts.push(this.#say('moodShare', { side: title, share: this.#language.percent(shares[i]!) }))
    this.#saidMs = now
    this.#n = 0
    this.#estimated = false
    this.#counts.clear()
    return parts.join(' ')
  }
}
