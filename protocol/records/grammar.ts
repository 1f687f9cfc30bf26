import { ID_PATTERN, NAME_PATTERN } from '../ids.ts'
import { SAMPLE_MIN } from '../limits.ts'

/**
 * What a record may hold, as data: the readers of every role, Spark's query and the JSON Schemas of `docs/schemas/` are
 * made from it, so that they cannot judge one record differently.
 */

/** What a field may hold. `is` and `are` are its words in a reason: "show is not an id", "choice is not a list of 1 to 64 ids". */
export type Shape = { is: string; are: string } & (
  | {
      kind: 'text'
      /** Anchored at both ends, in the part of the language that JavaScript, Java and JSON Schema share. Default: anything. */
      pattern?: RegExp
      /** In UTF-16 code units. */
      lengthMax: number
    }
  | { kind: 'whole'; min: number; max: number }
  | { kind: 'number'; min: number; max: number }
  | { kind: 'flag' }
  | { kind: 'list'; of: Shape; min: number; max: number }
  | { kind: 'object'; grammar: Grammar }
)

/** A field that may be absent; `null` is the same as absent, because many writers of JSON know no other way to say so. */
export type Field = Shape & { optional?: true }

/** What holds between fields, checked once each fits by itself. */
export type Rule = { reason: string } & (
  | { kind: 'one-length'; fields: string[] }
  | { kind: 'no-repeats'; field: string }
  | { kind: 'sum'; field: string; max: number }
  /** `field` is there exactly where the whole number `number` is above `above`. */
  | { kind: 'there-above'; field: string; number: string; above: number }
)

export interface Grammar {
  /** In the order in which a writer writes them: each writer gives the same bytes. */
  fields: Record<string, Field>
  rules?: Rule[]
  /** Records that more than one implementation counts are plain JSON: see `plain.ts`. */
  plain?: true
  /** A document that roles pass on keeps fields of a newer writer. Of any other record only what the grammar names is read. */
  keepsUnknown?: true
}

/** The grammar of one type: every field of it, by name. */
export type GrammarOf<Value> = Grammar & { fields: { [Name in keyof Required<Value>]: Field } }

export const ID: Shape = { kind: 'text', pattern: ID_PATTERN, lengthMax: 32, is: 'an id', are: 'ids' }
/** Empty: of no segment, or of all choices. */
export const ID_OR_NONE: Shape = {
  kind: 'text',
  pattern: /^([a-z0-9][a-z0-9-]{0,31})?$/,
  lengthMax: 32,
  is: 'an id or empty',
  are: 'ids, some empty',
}
/** A show as what its viewers send is filed: see `filedAs`. */
export const FILED: Shape = {
  kind: 'text',
  pattern: /^[a-z0-9][a-z0-9-]{0,31}(~([2-9]|[1-9][0-9]{1,2}))?$/,
  lengthMax: 36,
  is: 'an id or a run',
  are: 'ids or runs',
}
export const NAME: Shape = {
  kind: 'text',
  pattern: NAME_PATTERN,
  lengthMax: 64,
  is: 'a name',
  are: 'names',
}
export const NAME_OR_NONE: Shape = {
  ...NAME,
  pattern: /^[A-Za-z0-9_-]{0,64}$/,
  is: 'a name or empty',
  are: 'names, some empty',
}
export const FLAG: Shape = { kind: 'flag', is: 'true or false', are: 'true or false' }
/** The share of bursts that clients sent. */
export const SAMPLE: Shape = {
  kind: 'number',
  min: SAMPLE_MIN,
  max: 1,
  is: `a number from ${SAMPLE_MIN} to 1`,
  are: `numbers from ${SAMPLE_MIN} to 1`,
}

export const text = (lengthMax: number): Shape => ({
  kind: 'text',
  lengthMax,
  is: `a text of at most ${lengthMax} characters`,
  are: `texts of at most ${lengthMax} characters`,
})

export const oneOf = (...values: string[]): Shape => ({
  kind: 'text',
  pattern: new RegExp(`^(${values.join('|')})$`),
  lengthMax: Math.max(...values.map(({ length }) => length)),
  is: `one of ${values.map((value) => value || 'empty').join(', ')}`,
  are: `of ${values.map((value) => value || 'empty').join(', ')}`,
})

/** A whole number that JSON carries exactly. */
export const whole = (min: number, max = Number.MAX_SAFE_INTEGER): Shape => {
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`
  return { kind: 'whole', min, max, is: `a whole number ${range}`, are: `whole numbers ${range}` }
}

/** Milliseconds since 1970. */
export const TIME: Shape = whole(0)

export const list = (of: Shape, { min = 0, max }: { min?: number; max: number }): Shape => {
  const entries = `${min === 0 ? 'at most' : `${min} to`} ${max} ${of.are}`
  return { kind: 'list', of, min, max, is: `a list of ${entries}`, are: `lists of ${entries}` }
}

export const object = (grammar: Grammar, { is, are }: { is: string; are: string }): Shape => ({
  kind: 'object',
  grammar,
  is,
  are,
})

export const optional = (shape: Shape): Field => ({ ...shape, optional: true })
