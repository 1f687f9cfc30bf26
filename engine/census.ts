import { ownOf } from '../protocol/ids.ts'
import type { Viewers } from '../protocol/viewers.ts'
import { HeldReports } from './held-reports.ts'

/**
 * How many viewers each show has, from reports of others. A report is valid for `holdsMs`, so an edge that dies drops out of the
 * sum after that, and one that reconnects elsewhere is counted twice for no longer.
 */
export class Census<Source> extends HeldReports<Source, Viewers> {
  /** The sum of all valid reports, by show. */
  total(now: number): Map<string, Viewers> {
    const total = new Map<string, Viewers>()
    for (const [show, viewers] of this.entries(now)) add(total, show, viewers)
    return total
  }
}

/** Adds a show's viewers to the total. */
export function add(total: Map<string, Viewers>, show: string, { viewers, segments }: Viewers): void {
  const sum = total.get(show) ?? { viewers: 0, segments: {} }
  sum.viewers += viewers
  for (const [segment, count] of Object.entries(segments))
    sum.segments[segment] = (ownOf(sum.segments, segment) ?? 0) + count
  total.set(show, sum)
}
