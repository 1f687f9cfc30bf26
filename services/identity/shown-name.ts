import type { Viewer } from './claims.ts'
import { cleanName } from './name.ts'
import { isReservedName } from './reserved-name.ts'

/**
 * The name under which others see a viewer in a show. A guest's token is valid for all shows, and its name may be the title of
 * one.
 * @param asked The name that a guest asks for: nobody vouches for guests' names. Ignored for everybody else.
 */
export function shownName({ guest, name }: Viewer, title: string, asked?: string): string {
  if (guest !== true) return name
  const wanted = cleanName(asked) || name
  return isReservedName(wanted, title) ? 'Guest' : wanted
}
