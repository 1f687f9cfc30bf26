/** Of any id, in characters. */
export const ID_LENGTH_MAX = 32
/** The one grammar of ids: shows, stickers, segments, polls, choices and rooms. */
export const ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,31}$/
/** Names of processes, ballots, posts and viewers: a UUID, or a hash in base64url. */
export const NAME_PATTERN = /^[A-Za-z0-9_-]{1,64}$/

export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value)
}

/** Reads an own property only: an id may be `constructor`, which every object inherits. */
export const ownOf = <T>(object: Readonly<Record<string, T>> | undefined, id: string): T | undefined =>
  object !== undefined && Object.hasOwn(object, id) ? object[id] : undefined

/** The first free id of that name: `final`, `final-2`. */
export function freeId(id: string, isTaken: (id: string) => boolean): string {
  for (let n = 1; ; n++) {
    const free = n === 1 ? id : `${id.slice(0, ID_LENGTH_MAX - 4)}-${n}`
    if (!isTaken(free)) return free
  }
}
