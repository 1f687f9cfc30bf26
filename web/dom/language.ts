/** Right-to-left scripts of living languages, by ISO 15924 code. */
const RIGHT_TO_LEFT = new Set([
  'Adlm',
  'Arab',
  'Aran',
  'Hebr',
  'Mand',
  'Nkoo',
  'Rohg',
  'Samr',
  'Syrc',
  'Thaa',
])

/** Formatting for a show's language. */
export interface Language {
  /** BCP 47, for `lang`. */
  tag: string
  direction: 'ltr' | 'rtl'
  /** A whole number, grouped. */
  number(value: number): string
  /** Whole percents, 0 to 100. */
  percent(value: number): string
}

/** @param tag BCP 47. Default, also for an invalid tag: `en`, the language of the page's own words. */
export function languageOf(tag = 'en'): Language {
  try {
    const { script } = new Intl.Locale(tag).maximize()
    const [number, percent] = [new Intl.NumberFormat(tag), new Intl.NumberFormat(tag, { style: 'percent' })]
    return {
      tag,
      direction: RIGHT_TO_LEFT.has(script ?? '') ? 'rtl' : 'ltr',
      number: (value) => number.format(value),
      percent: (value) => percent.format(value / 100),
    }
  } catch (cause) {
    // A server of another version may accept a tag that this browser rejects; English always works.
    if (cause instanceof RangeError) return languageOf()
    throw cause
  }
}
