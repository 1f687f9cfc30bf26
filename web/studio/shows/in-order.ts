import type { StudioShow } from '../api/queries.ts'

/** As people count: number 2 before number 10, in whichever language a title is. */
const names = new Intl.Collator(undefined, { numeric: true })

/** Upcoming shows by start, past ones with the latest end first, those of the same time by name. */
export const inOrder = (a: StudioShow, b: StudioShow): number =>
  timeOf(a, b) || names.compare(a.title, b.title) || names.compare(a.show, b.show)

/** The earliest first; without times `NaN` or 0. */
const timeOf = (a: StudioShow, b: StudioShow): number =>
  a.state === 'ended' && b.state === 'ended'
    ? (b.ended ?? b.ends ?? 0) - (a.ended ?? a.ends ?? 0)
    : (a.starts ?? Number.POSITIVE_INFINITY) - (b.starts ?? Number.POSITIVE_INFINITY)
