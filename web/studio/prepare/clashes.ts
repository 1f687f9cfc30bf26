import type { StudioShow } from '../api/queries.ts'

/** Edited fields with their new values. */
export type Edits = Record<string, unknown>

/** The edited fields that somebody else has changed too since this producer saw them. */
export const clashesOf = (edits: Edits, { seen, newer }: { seen: StudioShow; newer: StudioShow }): string[] =>
  Object.keys(edits).filter((name) => {
    const field = name as keyof StudioShow
    return !isSame(seen[field], newer[field])
  })

/** Edits made during a save, which that save does not include. */
export const unsavedOf = (edits: Edits, sent: Edits): Edits =>
  Object.fromEntries(Object.entries(edits).filter(([name, value]) => !isSame(value, sent[name])))

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)
