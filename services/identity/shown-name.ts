import type { Viewer } from './claims.ts'
import { cleanName } from './name.ts'
import { isReservedName } from './reserved-name.ts'

/**
 * The name under which others see a viewer in a show. A guest's token is good for all shows, and its name may be that of one.
 * @param asked What a guest wants to be called instead: nobody vouches for a guest's name. Ignored for everybody else.
 */
export function shownName({ guest, name }: Viewer, title: string, asked?: string): string {
  if (guest !== true) return name
  const wanted = cleanName(asked) || name
  return isReservedName(wanted, title) ? 'Guest' : wanted
}
