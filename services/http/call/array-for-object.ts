import type * as v from 'valibot'

/** The parts of a schema that describe its contents. */
interface Parts {
  type: string
  entries?: Record<string, v.GenericSchema>
  wrapped?: v.GenericSchema
  item?: v.GenericSchema
  options?: readonly v.GenericSchema[]
}

/**
 * The path, such as `rules`, where a value has an array in place of an object; undefined: nowhere. For the schemas an array is an
 * object that lacks required fields, and some require none.
 */
export function arrayForObject(schema: v.GenericSchema, value: unknown, path = ''): string | undefined {
  const { type, entries, wrapped, item, options } = schema as unknown as Parts
  const at = (name: string | number) => (path === '' ? String(name) : `${path}.${name}`)
  const first = (found: (string | undefined)[]): string | undefined =>
    found.find((each) => each !== undefined)
  if (typeof value !== 'object' || value === null) return undefined
  if (wrapped !== undefined) return arrayForObject(wrapped, value, path)
  if (type === 'variant' || type === 'union')
    return first(options!.map((option) => arrayForObject(option, value, path)))
  if (item !== undefined && Array.isArray(value))
    return first(value.map((each, i) => arrayForObject(item, each, at(i))))
  if (entries === undefined) return undefined
  if (Array.isArray(value)) return path === '' ? 'the body' : path
  const inside = value as Record<string, unknown>
  return first(Object.entries(entries).map(([name, field]) => arrayForObject(field, inside[name], at(name))))
}
