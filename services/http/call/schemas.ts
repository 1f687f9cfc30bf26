import * as v from 'valibot'
import { ID_PATTERN } from '../../../protocol/ids.ts'
import { TIME_MAX, TIME_MIN } from '../../../protocol/limits.ts'

const INT32_MAX = 2 ** 31 - 1
/** The longest window or step. */
export const DAY_MS = 86_400_000

/** Every named schema of `/openapi.json`, filled as the calls' files are loaded. */
export const COMPONENTS: Record<string, v.GenericSchema> = {}

/** Whether two types have the same fields, each assignable to the other. */
type Same<A, B> = [A, B, keyof A, keyof B] extends [B, A, keyof B, keyof A] ? unknown : never

/** Gives a schema a name in `/openapi.json`: generated clients have a type of this name. */
export function named<Schema extends v.GenericSchema>(name: string, schema: Schema): Schema {
  if (name in COMPONENTS) throw new Error(`two schemas are named ${name}`)
  COMPONENTS[name] = schema
  return schema
}

/** The same for a schema whose type clients import: if the two differ, it does not compile. */
export const component =
  <Type>() =>
  <Schema extends v.GenericSchema>(
    name: string,
    schema: Schema & Same<v.InferOutput<Schema>, Type>,
  ): Schema =>
    named(name, schema)

/** An optional field that `null` removes. */
export const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.exactOptional(v.nullable(schema))

export const id = v.pipe(
  v.string('is not a text'),
  v.regex(ID_PATTERN, 'is not an id: 1 to 32 characters of a-z, 0-9 and -, not - first'),
)

/** An integer. Clients in typed languages need its width: 64 bits wherever 32 may be too few. */
export const whole = (min: number, max: number) =>
  v.pipe(
    v.number('is not a number'),
    v.integer('is not a whole number'),
    v.minValue(min, `is less than ${min}`),
    v.maxValue(max, `is more than ${max}`),
    v.metadata({ format: max <= INT32_MAX ? 'int32' : 'int64' }),
  )

/** A 64-bit number that need not be an integer. */
export const real = v.pipe(v.number('is not a number'), v.metadata({ format: 'double' }))

/** The value of a counter. */
export const count = whole(0, Number.MAX_SAFE_INTEGER)
/** A count that may decrease, and be negative: of marked ballots. */
export const difference = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
export const time = v.pipe(
  whole(0, TIME_MAX),
  v.description('Milliseconds since 1970 UTC, by the server’s clock'),
)
/** A time given by a producer. */
export const moment = v.pipe(time, v.minValue(TIME_MIN, 'is in seconds: times are in milliseconds'))
export const counts = v.record(v.string(), count)

type PathOf = [v.IssuePathItem, ...v.IssuePathItem[]]

/**
 * Values by id, in a request. The library's own record drops keys that every object inherits: an id may be `constructor`, and its
 * value must not be lost silently.
 */
export function byId<Value extends v.GenericSchema>(value: Value) {
  const schema = v.record(id, value, 'is not an object')
  const run: (typeof schema)['~run'] = (dataset, config) => {
    const given = dataset.value as Record<string, unknown> | null
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return schema['~run']({ value: undefined }, config)
    const read: Record<string, unknown> = {}
    const issues: v.BaseIssue<unknown>[] = []
    for (const [key, each] of Object.entries(given)) {
      const ran = value['~run']({ value: each }, config)
      if (key !== '__proto__') read[key] = ran.value
      const found = [...(id['~run']({ value: key }, config).issues ?? []), ...(ran.issues ?? [])]
      const at = { type: 'object', origin: 'value', input: given, key, value: each } as const
      for (const issue of found) issues.push({ ...issue, path: [at, ...(issue.path ?? [])] as PathOf })
    }
    const [first, ...others] = issues
    const result =
      first === undefined
        ? { typed: true, value: read }
        : { typed: false, value: read, issues: [first, ...others] }
    return result as ReturnType<(typeof schema)['~run']>
  }
  return { ...schema, '~run': run }
}
/** SHA-256, HMAC or Ed25519, base64url without padding. */
export const hash = v.pipe(v.string('is not a text'), v.regex(/^[\w-]+$/, 'is not base64url'))
export const text = v.string('is not a text')
export const flag = v.boolean('is not true or false')

/** A query parameter that is a whole number. */
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
    // The RangeError's message says no more.
    return false
  }
}
