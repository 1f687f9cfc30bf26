import type { Segment, ShowDocument } from '../../sdk/src/index.ts'

/** By position, for a side without its own colour. */
const COLOURS = ['#ff9a2e', '#4f8dff', '#2fbf8f', '#c86bff']

/** The segments that the show sets against each other, in its order. */
export const sidesOf = ({ segments, sides = [] }: Pick<ShowDocument, 'segments' | 'sides'>): Segment[] =>
  sides.flatMap((side) => segments.filter(({ segment }) => segment === side))

/** @param place From 0, below `SIDES_MAX`. */
export const colourOf = ({ colour }: Segment, place: number): string => colour ?? COLOURS[place]!
