import type { Grant } from '../../protocol/people.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/**
 * Holds what somebody is given to shows that there are: whoever makes one later would let in, unasked, whom nobody meant.
 * No show is ever deleted, so what is given stays what it was.
 * @throws RoarError unknown_show
 */
export function checkGrantedShows(directory: Pick<ShowDirectory, 'get'>, grants: readonly Grant[]): void {
  for (const { show } of grants) if (show !== undefined) directory.get(show)
}
