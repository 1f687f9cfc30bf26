/**
 * JSON that every parser reads the same. The standard leaves open how deep a parser follows, how long a number may be and
 * what half of a surrogate pair is; a record that one reader counts and another refuses must not exist.
 */

/** Brackets that may open in a record of counts: none is deeper than that. */
export const BRACKETS_MAX = 512
/** Digits in a row: one less than here fits every parser, and no number of a record has more than 17. */
const DIGITS_MAX = 300
/** Escapes of surrogates: whole characters need none. */
const SURROGATE = /\\u[dD][89a-fA-F]/

/** What no record has in it, as patterns that JavaScript and Java read the same. */
export const NOT_PLAIN = [new RegExp(`[0-9]{${DIGITS_MAX}}`), SURROGATE]

export function isPlain(json: string): boolean {
  if (NOT_PLAIN.some((pattern) => pattern.test(json))) return false
  let brackets = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === OPEN_BRACKET || code === OPEN_BRACE) brackets++
  }
  return brackets <= BRACKETS_MAX
}

const OPEN_BRACKET = '['.charCodeAt(0)
const OPEN_BRACE = '{'.charCodeAt(0)
