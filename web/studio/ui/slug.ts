/** An id of what people call something: `Final · Österreich v Kites` is `final-osterreich-v-kites`. Empty where nothing is left of it. */
export const slugOf = (title: string): string =>
  title
    .normalize('NFKD')
    .replaceAll('ß', 'ss')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replaceAll(/^-+|-+$/g, '')

/** The first id of that name that is not taken: `final`, `final-2`. */
export function freeId(id: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const free = n === 1 ? id : `${id.slice(0, 28)}-${n}`
    if (!taken.includes(free)) return free
  }
}
