import * as v from 'valibot'
import { ID_PATTERN } from '../../../protocol/ids.ts'
import { TIME_MAX } from '../../../protocol/limits.ts'

const INT32_MAX = 2 ** 31 - 1
/** The longest window or step. */
export const DAY_MS = 86_400_000

/** Every schema that has a name of its own in `/openapi.json`, filled as the calls' files are loaded. */
export const COMPONENTS: Record<string, v.GenericSchema> = {}

/** Whether two types have the same fields, each assignable to the other. */
type Same<A, B> = [A, B, keyof A, keyof B] extends [B, A, keyof B, keyof A] ? unknown : never

/** Names a schema in `/openapi.json`: generated clients have a type of this name. */
export function named<Schema extends v.GenericSchema>(name: string, schema: Schema): Schema {
  if (name in COMPONENTS) throw new Error(`two schemas are named ${name}`)
  COMPONENTS[name] = schema
  return schema
}

/** The same of a schema whose type is one that clients import: where the two differ, it does not compile. */
export const component =
  <Type>() =>
  <Schema extends v.GenericSchema>(
    name: string,
    schema: Schema & Same<v.InferOutput<Schema>, Type>,
  ): Schema =>
    named(name, schema)

/** A field that may be left out, and taken away with `null`. */
export const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.exactOptional(v.nullable(schema))

export const id = v.pipe(v.string('is not a text'), v.regex(ID_PATTERN, 'is not an id'))

/** An integer. Clients in typed languages need its width: 64 bits wherever 32 may be too few. */
export const whole = (min: number, max: number) =>
  v.pipe(
    v.number('is not a number'),
    v.integer('is not a whole number'),
    v.minValue(min, `is less than ${min}`),
    v.maxValue(max, `is more than ${max}`),
    v.metadata({ format: max <= INT32_MAX ? 'int32' : 'int64' }),
  )

/** A number that is no integer, of 64 bits. */
export const real = v.pipe(v.number('is not a number'), v.metadata({ format: 'double' }))

/** How many there are of something that only grows. */
export const count = whole(0, Number.MAX_SAFE_INTEGER)
/** A count that may go down, and below 0: of marked ballots. */
export const difference = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
export const time = v.pipe(
  whole(0, TIME_MAX),
  v.description('Milliseconds since 1970 UTC, by the server’s clock'),
)
export const counts = v.record(v.string(), count)
/** SHA-256, HMAC or Ed25519, base64url without padding. */
export const hash = v.pipe(v.string('is not a text'), v.regex(/^[\w-]+$/, 'is not base64url'))
export const text = v.string('is not a text')
export const flag = v.boolean('is not true or false')

/** A parameter of the query that is a whole number. */
export const wholeText = (min: number, max: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'is not a whole number'), v.transform(Number), whole(min, max))

/** BCP 47. */
export const language = v.pipe(
  text,
  v.maxLength(35, 'is longer than 35 characters'),
  v.check(isLanguage, 'is not a language, such as en or pt-BR'),
  v.description('BCP 47'),
)

function isLanguage(given: string): boolean {
  try {
    return Intl.getCanonicalLocales(given).length === 1
  } catch {
    // A RangeError says no more than this.
    return false
  }
}
