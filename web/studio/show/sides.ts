import { settingsOf } from '../../../engine/shows/life.ts'
import type { Segment } from '../../../protocol/show.ts'
import type { StudioShow } from '../api/queries.ts'

/** The segments that stand against each other, in their order. */
export const sidesOf = (show: StudioShow): Segment[] =>
  settingsOf(show).sides.flatMap((side) => show.segments.filter(({ segment }) => segment === side))
