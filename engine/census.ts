import { ownOf } from '../protocol/ids.ts'
import type { Viewers } from '../protocol/viewers.ts'
import { HeldReports } from './held-reports.ts'

/**
 * How many watch each show, by what others report. Each report holds for `holdsMs`, so an edge that dies is out of the sum
 * by then, and one that comes back to another place is counted twice for no longer.
 */
export class Census<Source> extends HeldReports<Source, Viewers> {
  /** The sum of what holds, by show. */
  total(now: number): Map<string, Viewers> {
    const total = new Map<string, Viewers>()
    for (const [show, viewers] of this.entries(now)) add(total, show, viewers)
    return total
  }
}

/** Adds a show's viewers to those of before. */
export function add(total: Map<string, Viewers>, show: string, { viewers, segments }: Viewers): void {
  const sum = total.get(show) ?? { viewers: 0, segments: {} }
  sum.viewers += viewers
  for (const [segment, count] of Object.entries(segments))
    sum.segments[segment] = (ownOf(sum.segments, segment) ?? 0) + count
  total.set(show, sum)
}
