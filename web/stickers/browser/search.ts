import type { Sticker } from '../../../sdk/src/index.ts'

/** A sticker with its search terms, folded once. */
export interface Findable {
  sticker: Sticker
  title: string[]
  keywords: string[]
}

/** Letters that Unicode does not decompose, but that readers see as a base letter with a stroke, or as two letters. */
const STROKED: Record<string, string> = { Ł: 'L', Ø: 'O', Đ: 'D', Ħ: 'H', Æ: 'AE', Œ: 'OE', Þ: 'TH', Ð: 'D' }

/**
 * A text without what people omit in searches: accents, vowel points, case. Upper case, as it is equal where lower case differs:
 * ß and ss, ς and σ, ı and i.
 */
export const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Diacritic}|\p{Cf}/gu, '')
    .toUpperCase()
    .replace(/[ŁØĐĦÆŒÞÐ]/g, (letter) => STROKED[letter]!)

const wordsOf = (text: string): string[] =>
  folded(text)
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter(Boolean)

export const findable = (sticker: Sticker): Findable => ({
  sticker,
  title: wordsOf(sticker.title),
  keywords: (sticker.keywords ?? []).flatMap(wordsOf),
})

/** Stickers that match every word of the query; those whose title begins with it come first. An emoji finds itself. */
export function search(all: readonly Findable[], query: string): Sticker[] {
  const words = wordsOf(query)
  const emoji = query.trim()
  if (words.length === 0)
    return all.filter(({ sticker }) => sticker.emoji === emoji).map(({ sticker }) => sticker)
  return all
    .map((one) => ({ one, rank: Math.min(...words.map((word) => rankOf(one, word))) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ one }) => one.sticker)
}

/** 0: no match. A word inside another counts too: not every script has spaces. */
function rankOf({ title, keywords }: Findable, word: string): number {
  if (title[0]?.startsWith(word)) return 4
  if (title.some((one) => one.startsWith(word))) return 3
  if (keywords.some((one) => one.startsWith(word))) return 2
  return [...title, ...keywords].some((one) => one.includes(word)) ? 1 : 0
}
