/** The one grammar of ids: shows, stickers, segments, polls, choices and rooms. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,31}$/

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value)
}

/** What a plain object holds under an id: `constructor` is an id as well, and every object inherits one. */
export const ownOf = <T>(object: Readonly<Record<string, T>> | undefined, id: string): T | undefined =>
  object !== undefined && Object.hasOwn(object, id) ? object[id] : undefined
