/**
 * JSON that every parser reads the same. The standard leaves open how deep a parser nests, how long a number may be and what a
 * lone surrogate is; a record that one reader counts and another refuses must not exist.
 */

/** Brackets in one record of counts, which bounds its depth. */
export const BRACKETS_MAX = 512
/** Digits in a row: fewer than this fit every parser, and no number of a record has more than 17. */
const DIGITS_MAX = 300
/** Escaped surrogates: whole characters need no escape. */
const SURROGATE = /\\u[dD][89a-fA-F]/

/** What no record contains, as patterns that JavaScript and Java read the same. */
export const NOT_PLAIN = [new RegExp(`[0-9]{${DIGITS_MAX}}`), SURROGATE]

export function isPlain(json: string): boolean {
  if (NOT_PLAIN.some((pattern) => pattern.test(json))) return false
  if (json.length <= BRACKETS_MAX) return true
  let brackets = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === OPEN_BRACKET || code === OPEN_BRACE) brackets++
  }
  return brackets <= BRACKETS_MAX
}

const OPEN_BRACKET = '['.charCodeAt(0)
const OPEN_BRACE = '{'.charCodeAt(0)
