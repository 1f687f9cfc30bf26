/** Ids of shows, stickers, segments, polls, choices and rooms. */
const ID = /^[a-z0-9][a-z0-9-]{0,31}$/

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}
