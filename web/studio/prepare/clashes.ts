import type { StudioShow } from '../api/queries.ts'

/** The fields that are to be changed, as they are to be. */
export type Edits = Record<string, unknown>

/** Which of the edited fields somebody else changed as well, since this producer saw them. */
export const clashesOf = (edits: Edits, { seen, newer }: { seen: StudioShow; newer: StudioShow }): string[] =>
  Object.keys(edits).filter((name) => {
    const field = name as keyof StudioShow
    return !isSame(seen[field], newer[field])
  })

/** What was edited while a save was on its way, which is not saved by it. */
export const unsavedOf = (edits: Edits, sent: Edits): Edits =>
  Object.fromEntries(Object.entries(edits).filter(([name, value]) => !isSame(value, sent[name])))

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
