import type { Segment, ShowDocument } from '../../sdk/src/index.ts'

/** By a side's place, for one without a colour of its own. */
const COLOURS = ['#ff9a2e', '#4f8dff', '#2fbf8f', '#c86bff']

/** The segments that a show sets against each other, in its order. */
export const sidesOf = ({ segments, sides = [] }: Pick<ShowDocument, 'segments' | 'sides'>): Segment[] =>
  sides.flatMap((side) => segments.filter(({ segment }) => segment === side))

/** @param place From 0, below `SIDES_MAX`. */
export const colourOf = ({ colour }: Segment, place: number): string => colour ?? COLOURS[place]!
