import { RoarError } from '../../protocol/errors.ts'
import { WORD_LISTS_MAX, WORDS_MAX } from '../../protocol/limits.ts'
import type { Show, WordList } from '../../protocol/show.ts'
import { LOOKS_LIKE } from '../look-alikes.ts'

/** The verdict of a show's word lists on a text: hold it for a moderator or refuse it, and by which entry. */
export interface Verdict {
  does: 'hold' | 'refuse'
  entry: string
}

/** A text as words separated by single spaces, with the start and end of each. */
interface Line {
  text: string
  starts: ReadonlySet<number>
  ends: ReadonlySet<number>
}

interface Entry {
  /** As the producer wrote it. */
  entry: string
  text: string
  /** Whether it ended with `*`: a prefix of words. */
  isOpen: boolean
}

/** A list with its language in canonical BCP 47 form, and without duplicate entries. */
export const tidyWordList = ({ language, hold, refuse }: WordList): WordList => ({
  language: Intl.getCanonicalLocales(language)[0]!,
  hold: [...new Set(hold)],
  refuse: [...new Set(refuse)],
})

/** For the audit trail: the words themselves are in the show's document, and more people read the trail. */
export const sizesOf = ({ language, hold, refuse }: WordList) => ({
  ...{ language, hold: hold.length, refuse: refuse.length },
})

/**
 * Replaces the show's list of this language; an empty list removes it.
 * @throws RoarError bad_request for more lists or entries than a show may have, and for an entry without a letter, number or
 * symbol
 */
export function changeWordList(show: Show, list: WordList): Show {
  const { wordLists = [], ...rest } = show
  const isEmpty = list.hold.length + list.refuse.length === 0
  const others = wordLists.filter(({ language }) => language !== list.language)
  const lists = isEmpty ? others : [...others, list].sort((a, b) => (a.language < b.language ? -1 : 1))
  const entries = lists.flatMap(({ hold, refuse }) => [...hold, ...refuse])
  if (lists.length > WORD_LISTS_MAX)
    throw new RoarError('bad_request', `a show may have word lists for at most ${WORD_LISTS_MAX} languages`)
  if (entries.length > WORDS_MAX)
    throw new RoarError('bad_request', `the word lists of a show may have at most ${WORDS_MAX} entries`)
  const empty = entries.find((entry) => entryOf(entry).text === '')
  if (empty !== undefined)
    throw new RoarError('bad_request', `the entry ${JSON.stringify(empty)} has no letter, number or symbol`)
  return { ...rest, ...(lists.length > 0 && { wordLists: lists }), version: show.version + 1 }
}

/**
 * Checks texts against all lists of a show, whatever their language, since a text does not name its own. An entry matches whole
 * words, regardless of case and Unicode form, and through simple disguises. `refuse` takes precedence.
 */
export function wordJudge(lists: readonly WordList[] = []): (text: string) => Verdict | undefined {
  let known: Record<Verdict['does'], Entries> | undefined
  return (text) => {
    if (lists.length === 0) return undefined
    // Built at the first text: most versions of a show never see one.
    known ??= {
      refuse: byBeginning(lists.flatMap(({ refuse }) => refuse.map(entryOf))),
      hold: byBeginning(lists.flatMap(({ hold }) => hold.map(entryOf))),
    }
    const lines = linesOf(text)
    for (const does of ['refuse', 'hold'] as const)
      for (const line of lines) {
        const found = firstIn(line, known[does])
        if (found !== undefined) return { does, entry: found.entry }
      }
    return undefined
  }
}

/** Entries by their first units: of five hundred, only those that begin like a word of the text are compared. */
type Entries = ReadonlyMap<string, readonly Entry[]>
const BEGINNING_UNITS = 3

function byBeginning(entries: readonly Entry[]): Entries {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const beginning = entry.text.slice(0, BEGINNING_UNITS)
    groups.set(beginning, [...(groups.get(beginning) ?? []), entry])
  }
  return groups
}

function firstIn({ text, starts, ends }: Line, entries: Entries): Entry | undefined {
  for (const at of starts)
    for (let units = 1; units <= BEGINNING_UNITS; units++) {
      const found = entries
        .get(text.slice(at, at + units))
        ?.find(
          ({ text: words, isOpen }) => text.startsWith(words, at) && (isOpen || ends.has(at + words.length)),
        )
      if (found !== undefined) return found
    }
  return undefined
}

const entryOf = (entry: string): Entry => ({
  entry,
  text: lineOf(folded(entry.replace(/\*+$/, ''))).text,
  isOpen: entry.endsWith('*'),
})

/** Scripts without spaces are segmented by dictionary, which does not depend on the language. */
const WORDS = new Intl.Segmenter('en', { granularity: 'word' })
/** Neither space nor punctuation: an entry may be an emoji. */
const IS_WORD = /[\p{L}\p{N}\p{S}]/u

function lineOf(text: string): Line {
  const starts = new Set<number>()
  const ends = new Set<number>()
  let line = ''
  let isApart = false
  for (const { segment } of WORDS.segment(text)) {
    const isWord = IS_WORD.test(segment)
    if (isWord) {
      if (isApart && line !== '') line += ' '
      starts.add(line.length)
      line += segment
      ends.add(line.length)
    }
    isApart = !isWord
  }
  return { text: line, starts, ends }
}

/** The text and its other possible readings; nearly always there is only one. */
function linesOf(text: string): Line[] {
  const plain = folded(text)
  const bare = plain.replace(/\S+/gu, undisguised)
  const readings = [plain, bare, joined(bare), bare.replace(STRETCHED, '$1'), bare.replace(STRETCHED, '$1$1')]
  return [...new Set(readings)].map(lineOf)
}

/** Invisible or optional characters: skin tones, the lengthening line and vowel signs of Arabic, points of Hebrew. */
const UNSEEN =
  /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0640\u064b-\u065f\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]/gu

/** Folds case and Unicode form. Marks stay: `año` is not `ano`. Dots and underscores are no part of a word. */
const folded = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(UNSEEN, '')
    // Upper, then lower: makes `ß` and `SS` equal, and the forms of sigma.
    .toUpperCase()
    .toLowerCase()
    .replace(/i\u0307/g, 'i')
    .replaceAll('ς', 'σ')
    .normalize('NFKC')
    .replace(/[._]/g, ' ')

/** A letter repeated three times or more: `nooo`. */
const STRETCHED = /(\p{L})\1{2,}/gu
/** Three or more single letters: `n o o`. */
const SPELLED = /(?<![\p{L}\p{N}])\p{L}(?:[^\p{L}\p{N}]+\p{L}(?![\p{L}\p{N}])){2,}/gu
const LATIN = /[a-z]/

const joined = (text: string): string => text.replace(SPELLED, (run) => run.replace(/[^\p{L}\p{M}]/gu, ''))

/** Replaces digits, signs and foreign letters between Latin letters by what they look like. */
const undisguised = (word: string): string =>
  LATIN.test(word) ? [...word].map((letter) => LOOKS_LIKE.get(letter) ?? letter).join('') : word
