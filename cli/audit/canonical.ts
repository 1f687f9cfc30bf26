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

export const isSame = (a: string, b: string): boolean => sorted(JSON.parse(a)) === sorted(JSON.parse(b))
