import type { Grant } from '../../protocol/people.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/**
 * Refuses grants for shows that do not exist: a show created later under that id would let people in unintentionally. Shows are
 * never deleted, so a grant keeps its meaning.
 * @throws RoarError unknown_show
 */
export function checkGrantedShows(directory: Pick<ShowDirectory, 'get'>, grants: readonly Grant[]): void {
  for (const { show } of grants) if (show !== undefined) directory.get(show)
}
