import * as v from 'valibot'
import { DRAWN, NO_TEXT } from '../../../protocol/characters.ts'
import { QUESTION_LENGTH_MAX } from '../../../protocol/limits.ts'
import { text } from './schemas.ts'

/**
 * Characters that are invisible, look like others, or change the direction of their surroundings: invalid text (a lone surrogate
 * could not be signed either, RFC 8785 section 3.2.2.2), directional embeddings, overrides and open isolates, annotations.
 * Direction marks and joiners are allowed: Arabic, Persian and Indic spelling and emoji need them.
 */
const NOT_SHOWN = new RegExp(`${NO_TEXT.source}|[\\u202a-\\u202e\\u2066-\\u2069\\ufff9-\\ufffc]`, 'v')

/** A producer's text, in any language, on one line, visible to everybody. */
export const words = v.pipe(
  text,
  v.trim(),
  v.nonEmpty('is empty'),
  v.maxLength(QUESTION_LENGTH_MAX, `is longer than ${QUESTION_LENGTH_MAX} characters`),
  v.check(
    (given) => !NOT_SHOWN.test(withoutClosed(given)),
    ({ input }) => `has the character ${codePointIn(input)}, which is not shown as it is`,
  ),
  v.check((given) => DRAWN.test(given), 'has nothing that can be seen'),
)

/** A closed isolate does not affect its surroundings: names in two scripts contain them invisibly (UAX 9 section 2.4). */
const withoutClosed = (given: string): string =>
  given.replace(/[\u2066-\u2068]([^\u2066-\u2069]*)\u2069/g, '$1')

const codePointIn = (given: string): string =>
  `U+${NOT_SHOWN.exec(withoutClosed(given))![0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
