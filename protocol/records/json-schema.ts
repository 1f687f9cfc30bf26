import { VERSION } from './codec.ts'
import type { Field, Grammar, Rule, Shape } from './grammar.ts'

type Schema = Record<string, unknown>

/**
 * The grammar as a JSON Schema (2020-12), for readers and writers of the log's topics in other languages. What a schema cannot
 * express, such as columns of equal length, is in its description.
 */
export const schemaOf = (title: string, grammar: Grammar): Schema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title,
  ...objectSchema({ ...grammar, fields: { v: VERSION, ...grammar.fields } }),
})

function objectSchema({ fields, rules = [] }: Grammar): Schema {
  const said = rules.map(ruleSchema)
  const words = rules.flatMap((rule, i) => (said[i] === undefined ? [`Refused where ${rule.reason}.`] : []))
  return {
    type: 'object',
    ...(words.length > 0 && { description: words.join(' ') }),
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, fieldSchema(field, said, name)]),
    ),
    required: Object.keys(fields).filter((name) => !fields[name]!.optional),
    ...Object.assign({}, ...said.map((schema) => schema?.object)),
  }
}

/** A rule as a schema for the object, or for one of its fields; undefined if a schema cannot express it. */
function ruleSchema(rule: Rule): { object?: Schema; field?: [name: string, schema: Schema] } | undefined {
  switch (rule.kind) {
    case 'no-repeats':
      return { field: [rule.field, { uniqueItems: true }] }
    case 'there-above': {
      const { field, number, above } = rule
      const absent = { properties: { [number]: { maximum: above }, [field]: { type: 'null' } } }
      const there = {
        properties: { [number]: { minimum: above + 1 }, [field]: { type: 'object' } },
        required: [field],
      }
      return { object: { oneOf: [absent, there] } }
    }
    default:
      return undefined
  }
}

function fieldSchema(field: Field, rules: ReturnType<typeof ruleSchema>[], name: string): Schema {
  const ruled = rules.flatMap((rule) => (rule?.field?.[0] === name ? [rule.field[1]] : []))
  const schema: Schema = Object.assign({}, shapeSchema(field), ...ruled)
  // Absent and null are equal: many JSON writers know no other way to omit a field.
  return field.optional ? { ...schema, type: [schema.type, 'null'] } : schema
}

function shapeSchema(shape: Shape): Schema {
  switch (shape.kind) {
    case 'text':
      return {
        type: 'string',
        ...(shape.pattern ? { pattern: shape.pattern.source } : { maxLength: shape.lengthMax }),
      }
    case 'whole':
      return { type: 'integer', minimum: shape.min, maximum: shape.max }
    case 'number':
      return { type: 'number', minimum: shape.min, maximum: shape.max }
    case 'flag':
      return { type: 'boolean' }
    case 'list':
      return { type: 'array', minItems: shape.min, maxItems: shape.max, items: shapeSchema(shape.of) }
    case 'object':
      return objectSchema(shape.grammar)
  }
}
