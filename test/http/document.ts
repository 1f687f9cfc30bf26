import { openapi } from '../../services/openapi.ts'

/** The parts of `/openapi.json` that the tests read. */
export interface Operation {
  responses: Record<
    string,
    { headers?: Record<string, unknown>; content?: Record<string, { schema: Schema }> }
  >
}
export interface Schema {
  $ref?: string
  type?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema
  items?: Schema
  enum?: unknown[]
  const?: unknown
  prefixItems?: Schema[]
}

const { paths, components } = await openapi()
export const PATHS = paths as Record<string, Record<string, Operation>>
const { schemas: SCHEMAS } = components as { schemas: Record<string, Schema> }

/** Where a value violates the schema, in words; fields that the schema lacks are violations too. */
export function faults(value: unknown, schema: Schema, at = ''): string[] {
  if (schema.$ref !== undefined) return faults(value, SCHEMAS[schema.$ref.split('/').at(-1)!]!, at)
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : [`${at} is not of the list`]
  if (schema.const !== undefined) return value === schema.const ? [] : [`${at} is not ${schema.const}`]
  switch (schema.type) {
    case 'object':
      return faultsOfObject(value, schema, at)
    case 'array':
      if (!Array.isArray(value)) return [`${at} is no array`]
      return value.flatMap((entry, i) =>
        faults(entry, schema.prefixItems?.[i] ?? schema.items ?? {}, `${at}/${i}`),
      )
    case 'integer':
      return Number.isInteger(value) ? [] : [`${at} is no integer`]
    case undefined:
      return []
    default:
      return typeof value === schema.type ? [] : [`${at} is no ${schema.type}`]
  }
}

function faultsOfObject(
  value: unknown,
  { properties, required = [], additionalProperties }: Schema,
  at: string,
): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no object`]
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}/${name} is missing`)
  const unfit = Object.entries(value).flatMap(([name, field]) => {
    const inner = properties?.[name] ?? additionalProperties
    if (inner !== undefined) return faults(field, inner, `${at}/${name}`)
    return properties === undefined ? [] : [`${at}/${name} is not in the document`]
  })
  return [...missing, ...unfit]
}
