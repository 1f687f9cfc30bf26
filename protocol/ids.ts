/** The one grammar of ids: shows, stickers, segments, polls, choices and rooms. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,31}$/

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value)
}
