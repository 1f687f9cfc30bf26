import type { Viewer } from './claims.ts'
import { isReservedName } from './reserved-name.ts'

/** The name under which others see a viewer in a show. A guest's token is good for all shows, and its name may be that of one. */
export const shownName = ({ guest, name }: Viewer, title: string): string =>
  guest === true && isReservedName(name, title) ? 'Guest' : name
