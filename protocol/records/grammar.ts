import { ID_PATTERN, NAME_PATTERN } from '../ids.ts'
import { SAMPLE_MIN } from '../limits.ts'

/**
 * What a record may hold, as data. The readers of every role, Spark's query and the JSON Schemas of `docs/schemas/` are generated
 * from it, so that they cannot judge a record differently.
 */

/** What a field may hold. `is` and `are` describe it in a reason: "show is not an id", "choice is not a list of 1 to 64 ids". */
export type Shape = { is: string; are: string } & (
  | {
      kind: 'text'
      /** Anchored at both ends, in the syntax that JavaScript, Java and JSON Schema share. Default: anything. */
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

/** An optional field; `null` counts as absent, because many JSON writers know no other way to omit a field. */
export type Field = Shape & { optional?: true }

/** Conditions between fields, checked once each field is valid. */
export type Rule = { reason: string } & (
  | { kind: 'one-length'; fields: string[] }
  | { kind: 'no-repeats'; field: string }
  | { kind: 'sum'; field: string; max: number }
  /** `field` is present exactly if the whole number `number` is above `above`. */
  | { kind: 'there-above'; field: string; number: string; above: number }
)

export interface Grammar {
  /** In the order in which writers write them: all writers produce the same bytes. */
  fields: Record<string, Field>
  rules?: Rule[]
  /** Records that more than one implementation counts must be plain JSON: see `plain.ts`. */
  plain?: true
  /** Documents that roles pass on keep unknown fields of newer writers. From other records only the grammar's fields are read. */
  keepsUnknown?: true
}

/** The grammar of a type, with every field. */
export type GrammarOf<Value> = Grammar & { fields: { [Name in keyof Required<Value>]: Field } }

export const ID: Shape = { kind: 'text', pattern: ID_PATTERN, lengthMax: 32, is: 'an id', are: 'ids' }
/** Empty: no segment, or all choices. */
export const ID_OR_NONE: Shape = {
  kind: 'text',
  pattern: /^([a-z0-9][a-z0-9-]{0,31})?$/,
  lengthMax: 32,
  is: 'an id or empty',
  are: 'ids, some empty',
}
/** The show's name under which its viewers' records are filed: see `filedAs`. */
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
