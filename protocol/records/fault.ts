import { isObject } from '../json-shapes.ts'
import type { Field, Grammar, Rule, Shape } from './grammar.ts'

type Fields = Record<string, unknown>

const isAbsent = (value: unknown): boolean => value === undefined || value === null

/** Why a parsed record does not fit its grammar: the first wrong field in the grammar's order, else the first broken rule. */
export function faultOf(value: Fields, { fields, rules = [] }: Grammar): string | undefined {
  for (const name in fields) {
    if (!fits(value[name], fields[name]!)) return `${name} is not ${fields[name]!.is}`
  }
  return rules.find((rule) => !holds(value, rule))?.reason
}

/** Whether a field may hold this value. */
export function fits(value: unknown, shape: Field): boolean {
  if (shape.optional && isAbsent(value)) return true
  switch (shape.kind) {
    case 'text':
      return (
        typeof value === 'string' &&
        value.length <= shape.lengthMax &&
        (shape.pattern === undefined || shape.pattern.test(value))
      )
    case 'whole':
      return Number.isSafeInteger(value) && (value as number) >= shape.min && (value as number) <= shape.max
    case 'number':
      return typeof value === 'number' && value >= shape.min && value <= shape.max
    case 'flag':
      return typeof value === 'boolean'
    case 'list':
      return (
        Array.isArray(value) &&
        value.length >= shape.min &&
        value.length <= shape.max &&
        value.every((entry) => fits(entry, shape.of))
      )
    case 'object':
      return isObject(value) && faultOf(value, shape.grammar) === undefined
  }
}

function holds(value: Fields, rule: Rule): boolean {
  switch (rule.kind) {
    case 'one-length': {
      const lists = rule.fields.map((field) => value[field] as unknown[]).filter((list) => !isAbsent(list))
      return lists.every(({ length }) => length === lists[0]!.length)
    }
    case 'no-repeats': {
      const entries = value[rule.field] as unknown[]
      return entries.length === 1 || new Set(entries).size === entries.length
    }
    case 'sum':
      return (value[rule.field] as number[]).reduce((sum, n) => sum + n, 0) <= rule.max
    case 'there-above':
      return isAbsent(value[rule.field]) !== (value[rule.number] as number) > rule.above
  }
}

/**
 * The grammar's fields in its order, without absent ones, after those that `picked` has.
 * @param own The field that belongs to the record and not to the value, if unknown fields are kept; null: none.
 */
export function pick(
  value: object,
  { fields, keepsUnknown }: Grammar,
  picked: Fields = {},
  own: string | null = 'v',
): Fields {
  for (const name in fields) {
    const entry = (value as Fields)[name]
    if (!isAbsent(entry)) picked[name] = pickEntry(entry, fields[name]!)
  }
  return keepsUnknown ? { ...picked, ...unknownOf(value as Fields, fields, own) } : picked
}

function pickEntry(entry: unknown, shape: Shape): unknown {
  if (shape.kind === 'object') return inside(entry as Fields, shape.grammar)
  if (shape.kind === 'list' && shape.of.kind === 'object') {
    const { grammar } = shape.of
    return (entry as Fields[]).map((member) => inside(member, grammar))
  }
  return entry
}

/** Only a record has a version: in a nested object `v` may be an id. */
const inside = (value: Fields, grammar: Grammar): Fields => pick(value, grammar, {}, null)

/** Includes fields named like an inherited property, such as `constructor`. */
const unknownOf = (value: Fields, fields: Record<string, Field>, own: string | null): Fields =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== own && !Object.hasOwn(fields, name)))
