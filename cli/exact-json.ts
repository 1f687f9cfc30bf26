/**
 * Parses a document that people and other programs read, too: if one name is in an object twice, some readers use the first value
 * and others the last (RFC 8259 section 4), and what is checked must be what people read.
 * @throws Error with the reason
 */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (namesIn(value) !== namesOf(text)) throw new Error('an object in it has a name twice')
  if (!isExact(value)) throw new Error('a number or a text in it is not one that every program reads alike')
  return value
}

/** The number of names in a JSON text, repeated ones included. */
const namesOf = (text: string): number => text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1

/** The number of names in the value parsed from it. */
const namesIn = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce(
        (sum: number, member) => sum + namesIn(member),
        Array.isArray(value) ? 0 : Object.keys(value).length,
      )
    : 0

/** Whether every program reads it as this one did: not so 9007199254740993, 1e999, or half of a surrogate pair. */
const isExact = (value: unknown): boolean => {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'object' && value !== null) return Object.entries(value).flat().every(isExact)
  return typeof value !== 'number' || Number.isSafeInteger(value)
}
