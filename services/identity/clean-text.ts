import { DRAWN, NO_TEXT } from '../../protocol/characters.ts'

/**
 * Cleans viewers' texts for everybody's screens: well-formed Unicode of any script, without anything invisible,
 * direction-changing, or overlapping its surroundings. It must still be escaped when drawn.
 */
export function cleanText(
  text: string,
  { graphemesMax, unitsMax }: { graphemesMax: number; unitsMax: number },
): string {
  if (text.length <= Math.min(graphemesMax, unitsMax) && PLAIN.test(text)) return text
  // A far too long text is cut before any work on it; normalisation grows it by a small factor at most.
  let cleaned = text.slice(0, 4 * unitsMax).toWellFormed()
  // Removing characters may leave a joiner or a mark without its base. Nearly always the second pass changes nothing.
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const next = cutTo(drawable(cleaned), { graphemesMax, unitsMax })
    if (next === cleaned) break
    cleaned = next
  }
  return cleaned
}

/** Most names: nothing to remove. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/
/** Each pass removes something, so it ends; beyond this a text is left as it is. */
const PASSES_MAX = 16

function cutTo(
  cleaned: string,
  { graphemesMax, unitsMax }: { graphemesMax: number; unitsMax: number },
): string {
  let cut = ''
  let graphemes = 0
  for (const { segment } of GRAPHEMES.segment(cleaned)) {
    if (graphemes === graphemesMax || cut.length + segment.length > unitsMax) break
    if (!DRAWN.test(segment) && segment !== ' ' && segment !== '\u180e') continue
    cut += segment
    graphemes++
  }
  return cut.replace(IDLE_END, '').trimStart()
}

/** What people count as characters: a flag, a family and a letter with its marks are one each. */
const GRAPHEMES = new Intl.Segmenter()

export const graphemesIn = (text: string): number => [...GRAPHEMES.segment(text)].length

/** Flags of England, Scotland, Wales: a black flag followed by tags, the last of which is a terminator (UTS 51, ED-14a). */
const TAGGED_FLAG = /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,6}\u{e007f})/u
/** An unassigned letter is refused: it may become anything. */
const NOT_TEXT = new RegExp(`${NO_TEXT.source}|[\\p{Cn}--\\p{Extended_Pictographic}]|\u2800`, 'gv')
/**
 * Default ignorable: invisible. But not joiners (Persian and Indic spelling, emoji), the vowel separator of Mongolian, and
 * variation selectors (emoji, Han, Mongolian).
 */
const INVISIBLE =
  /(?![\p{Join_Control}\p{Variation_Selector}\u180e])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffc]/gu
/** A run of joiners or selectors, with the characters on both sides. */
const JOINING = /(?<=(.)|^)([\p{Join_Control}\p{Variation_Selector}\u180e]+)(?=(.)|$)/gsu
const SELECTABLE =
  /[\p{S}\p{Extended_Pictographic}\p{N}\p{P}\p{Script=Han}\p{Script=Mongolian}\p{Script=Myanmar}]/u
/** Scripts whose letters join on their own or never: a joiner there only disguises a name. */
const NEVER_JOINED = /[\s\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}]/u
/** Signs of India's scripts that take a letter's vowel. A joiner after one, also at a word's end, makes it another letter: `ന്‍`. */
const VIRAMA = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]/
const ZWJ = '\u200d'
/** A joiner at the cut has nothing to join, except after a virama. */
const IDLE_END = new RegExp(`(?<!${VIRAMA.source})[\\s\\p{Join_Control}\\u180e]+$`, 'u')
const MONGOLIAN = /\p{Script=Mongolian}/u
/** More than two generic marks on one letter are a drawing; letters of Burmese, Tibetan, Hebrew have more marks of their own. */
const DRAWING = /([\p{M}&&\p{Script=Inherited}]{2})[\p{M}&&\p{Script=Inherited}]+/gv
const BASELESS = /(?<=^|\s)\p{Mn}+/gu
const SAME_MARK = /(\p{M})\1+/gu
const MARKS = /(\p{M}{8})\p{M}+/gu

function drawable(text: string): string {
  return text
    .normalize('NFC')
    .split(TAGGED_FLAG)
    .map((piece, i) => (i % 2 === 1 ? piece : visible(piece)))
    .join('')
    .replace(/\s+/gu, ' ')
    .trim()
}

const visible = (text: string): string =>
  text
    .replace(NOT_TEXT, ' ')
    .replace(INVISIBLE, '')
    .replace(BASELESS, '')
    .replace(JOINING, (_, before: string | undefined, run: string, after: string | undefined) =>
      joined(before, run, after),
    )
    .normalize('NFC')
    .replace(SAME_MARK, '$1')
    .replace(DRAWING, '$1')
    .replace(MARKS, '$1')

/**
 * Reduces a run of joiners and selectors to at most one selector and one joiner, in this order, each only where it has an effect.
 */
function joined(before: string | undefined, run: string, after: string | undefined): string {
  if (before === undefined) return ''
  const selector = SELECTABLE.test(before) ? (/^\p{Variation_Selector}/u.exec(run)?.[0] ?? '') : ''
  return selector + joiner(before, run, after)
}

function joiner(before: string, run: string, after: string | undefined): string {
  if (VIRAMA.test(before) && run.includes(ZWJ)) return ZWJ
  if (after === undefined || /\s/.test(after) || NEVER_JOINED.test(before)) return ''
  const known = MONGOLIAN.test(before) ? /[\p{Join_Control}\u180e]/u : /\p{Join_Control}/u
  return known.exec(run)?.[0] ?? ''
}
