import { settingsOf } from '../../../engine/shows/life.ts'
import type { Segment } from '../../../protocol/show.ts'
import type { StudioShow } from '../api/queries.ts'

/** The segments that are set against each other, in order. */
export const sidesOf = (show: StudioShow): Segment[] =>
  settingsOf(show).sides.flatMap((side) => show.segments.filter(({ segment }) => segment === side))
