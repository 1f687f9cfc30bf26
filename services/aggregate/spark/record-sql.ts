import { RECORD_BYTES_MAX, RECORD_FAULTS, RECORD_VERSION, VERSION } from '../../../protocol/records/codec.ts'
import type { Field, Grammar, Rule, Shape } from '../../../protocol/records/grammar.ts'
import { BRACKETS_MAX, NOT_PLAIN } from '../../../protocol/records/plain.ts'

/*
 * SQL that judges a record as `protocol/records` does, from the same grammar and in the same words. Spark parses JSON into
 * columns loosely: it accepts a number as text, ignores whatever follows the closing brace, and allows single quotes. So the
 * record is parsed into a variant, which keeps the original types, and each field's type is checked before its value.
 */

/** Settings that these queries need: of two fields with one name the last counts, as everywhere else. */
export const VARIANT = { 'spark.sql.variant.allowDuplicateKeys': 'true' }

/** A view's records with `record`, their fields as columns, and `fault`: why the record is invalid, else NULL. */
export const recordsSql = (view: string, grammar: Grammar): string => `
SELECT *, ${faultSql(grammar)} AS fault FROM (
  SELECT *, ${structSql(grammar)} AS record FROM (
    SELECT *, CASE WHEN try_variant_get(sealed, '$[1]', 'string') = seal THEN try_variant_get(sealed, '$[0]', 'variant') END AS doc
    FROM (
      SELECT *, ${SEALED} AS sealed FROM (
        SELECT *, md5(value) AS seal, CAST(value AS string) AS text FROM (
          SELECT * EXCEPT (value), coalesce(value, x'') AS value FROM ${view})))))`

/**
 * Spark's parser stops after the first value. So the text is wrapped into an array followed by its own hash, which the text
 * cannot contain: if the hash is not the second entry, the text was not a single value.
 */
const SEALED = `CASE WHEN length(value) <= ${RECORD_BYTES_MAX} AND is_valid_utf8(text)
  THEN try_parse_json(concat('[', text, ',"', seal, '"]')) END`

/** Encodes a record from columns that are named like the grammar's fields, as a codec does. */
export const recordJson = ({ fields }: Grammar, columns: Record<string, string> = {}): string => {
  const entries = Object.keys(fields).map((name) => `'${name}', ${columns[name] ?? name}`)
  return `to_json(named_struct('v', ${RECORD_VERSION}, ${entries.join(', ')}))`
}

const faultSql = (grammar: Grammar): string => {
  const cases = [
    [`length(value) > ${RECORD_BYTES_MAX}`, RECORD_FAULTS.size],
    ['NOT is_valid_utf8(text)', RECORD_FAULTS.text],
    [notPlain, RECORD_FAULTS.plain],
    [String.raw`doc IS NULL OR NOT text RLIKE r'\A[ \t\n\r]*\{'`, RECORD_FAULTS.json],
    [`NOT ${fits('v', VERSION)}`, RECORD_FAULTS.version],
    ...Object.entries(grammar.fields).map(([name, field]) => [
      `NOT ${fits(name, field)}`,
      `${name} is not ${field.is}`,
    ]),
    ...(grammar.rules ?? []).map((rule) => [`NOT (${holds('', rule)})`, rule.reason]),
  ]
  return `CASE ${cases.map(([when, reason]) => `WHEN ${when} THEN '${reason}'`).join('\n  ')} END`
}

const notPlain = [
  ...NOT_PLAIN.map(({ source }) => `text RLIKE r'${source}'`),
  `length(text) - length(translate(text, '[{', '')) > ${BRACKETS_MAX}`,
].join(' OR ')

const valueAt = (path: string, type: string): string => `try_variant_get(doc, '$.${path}', '${type}')`
const typeAt = (path: string): string => `schema_of_variant(${valueAt(path, 'variant')})`
const isAbsent = (path: string): string => `coalesce(${typeAt(path)}, 'VOID') = 'VOID'`
const column = (path: string): string => `record.${path}`

/** `fits` of `protocol/records/fault.ts`: true or false, never NULL. */
function fits(path: string, field: Field): string {
  const is = `coalesce(${fitsAt(path, field)}, false)`
  return field.optional ? `(${isAbsent(path)} OR ${is})` : is
}

function fitsAt(path: string, shape: Shape): string {
  const type = typeAt(path)
  if (shape.kind === 'object') {
    const { fields, rules = [] } = shape.grammar
    const inner = Object.entries(fields).map(([name, field]) => fits(`${path}.${name}`, field))
    return [`${type} LIKE 'OBJECT<%'`, ...inner, ...rules.map((rule) => holds(`${path}.`, rule))].join(
      ' AND ',
    )
  }
  if (shape.kind === 'list') {
    // Read from the variant once, for its column.
    const list = column(path)
    return `${type} RLIKE r'\\AARRAY<(${jsonTypes(shape.of)}|VOID)>\\z' AND size(${list}) BETWEEN ${shape.min} AND ${shape.max}
    AND NOT exists(${list}, entry -> entry IS NULL OR NOT (${isA('entry', shape.of)}))`
  }
  // Of a whole number the column has lost what came after the point.
  const value = shape.kind === 'whole' ? valueAt(path, sqlType(shape)) : column(path)
  return `${type} RLIKE r'\\A(${jsonTypes(shape)})\\z' AND ${isA(value, shape)}`
}

/** Whether a non-NULL value matches the shape, once its type is known. */
function isA(value: string, shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return `${value} RLIKE ${javaPattern(shape)}`
    case 'whole':
      return `${value} = floor(${value}) AND ${value} BETWEEN ${shape.min} AND ${shape.max}`
    case 'number':
      return `${value} BETWEEN ${shape.min} AND ${shape.max}`
    case 'flag':
      return 'true'
    default:
      throw new Error('a list of lists, or of objects, is in no record that Spark reads')
  }
}

/** JavaScript's `$` only matches the end; Java's also matches before a last line feed. */
function javaPattern({ pattern, lengthMax }: Extract<Shape, { kind: 'text' }>): string {
  if (pattern === undefined) return `r'(?s)\\A.{0,${lengthMax}}\\z'`
  return `r'\\A(?:${pattern.source.slice(1, -1)})\\z'`
}

const jsonTypes = ({ kind }: Shape): string =>
  kind === 'text' ? 'STRING' : kind === 'flag' ? 'BOOLEAN' : String.raw`BIGINT|DECIMAL\(.*\)|DOUBLE`

/** Numbers are read as doubles, as in JSON, so that both readers round the same. */
const sqlType = ({ kind }: Shape): string =>
  kind === 'text' ? 'string' : kind === 'flag' ? 'boolean' : 'double'

const listAt = (path: string, of: Shape): string => valueAt(path, `array<${sqlType(of)}>`)

function holds(prefix: string, rule: Rule): string {
  const of = (name: string) => column(prefix + name)
  switch (rule.kind) {
    case 'one-length': {
      const [first, ...others] = rule.fields.map(of)
      return others.map((other) => `(${other} IS NULL OR size(${other}) = size(${first}))`).join(' AND ')
    }
    case 'no-repeats':
      return `size(array_distinct(${of(rule.field)})) = size(${of(rule.field)})`
    case 'sum':
      return `aggregate(${of(rule.field)}, 0D, (sum, n) -> sum + n) <= ${rule.max}`
    case 'there-above':
      return `(${of(rule.field)} IS NOT NULL) = (${of(rule.number)} > ${rule.above})`
  }
}

/** The fields as columns of a struct; in a record with a fault they may be anything or NULL. */
const structSql = (grammar: Grammar, prefix = ''): string => {
  const entries = Object.entries(grammar.fields).map(
    ([name, field]) => `'${name}', ${columnSql(prefix + name, field)}`,
  )
  return `named_struct(${entries.join(', ')})`
}

function columnSql(path: string, shape: Shape): string {
  switch (shape.kind) {
    case 'object':
      return `CASE WHEN NOT ${isAbsent(path)} THEN ${structSql(shape.grammar, `${path}.`)} END`
    case 'list':
      return listAt(path, shape.of)
    case 'whole':
      return `try_cast(${valueAt(path, 'double')} AS bigint)`
    default:
      return valueAt(path, sqlType(shape))
  }
}
