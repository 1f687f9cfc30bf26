/** Bytes as certificates and proofs encode them: base64url, unpadded (RFC 4648, section 5). */
export const text = (bytes: Buffer): string => bytes.toString('base64url')

/** JSON with sorted keys and no spaces (RFC 8785). */
export function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  const record = value as Record<string, unknown>
  const members = Object.keys(record)
    .filter((name) => record[name] !== undefined)
    .toSorted()
  return `{${members.map((name) => `${JSON.stringify(name)}:${sorted(record[name])}`).join(',')}}`
}

export const isSame = (a: object, b: object): boolean => sorted(a) === sorted(b)

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object of a JSON text; undefined for any other text: whoever changed a record must not end the audit by that. */
export function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // Not JSON: the caller reports it.
    return undefined
  }
}
