import type { StudioShow } from '../api/queries.ts'

/** Which of the edited fields somebody else changed as well, since this producer saw them. */
export const clashesOf = (
  edits: Record<string, unknown>,
  { seen, newer }: { seen: StudioShow; newer: StudioShow },
): string[] =>
  Object.keys(edits).filter((name) => {
    const field = name as keyof StudioShow
    return JSON.stringify(seen[field]) !== JSON.stringify(newer[field])
  })
