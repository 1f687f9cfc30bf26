import { type FleetReport, fleetReportIn } from './fleet.ts'
import { isRecordOf } from './json-shapes.ts'
import { SEGMENTS_MAX } from './limits.ts'

/** How many viewers a show has now, and how many of them in each segment. */
export interface Viewers {
  viewers: number
  segments: Record<string, number>
}

/** An edge's report to the node above it: viewers by show, its own and those below it. Valid for some seconds. */
export type ViewersReport = Record<string, Viewers>

/** How often an edge reports. */
export const REPORT_MS = 2_000
/** How long a report is valid: two of three may be lost. */
export const REPORT_HOLDS_MS = 3 * REPORT_MS
/** Size of one packet. A report on a thousand shows is several packets. */
const PACKET_BYTES_MAX = 4096

/** Splits a report into packets of at most 4 KiB, each with some of the shows. */
export function encodeReport(report: Iterable<readonly [string, Viewers]>): string[] {
  const packets: string[] = []
  let shows: string[] = []
  let length = 2
  for (const [show, viewers] of report) {
    const entry = `${JSON.stringify(show)}:${JSON.stringify(viewers)}`
    if (shows.length > 0 && length + entry.length + 1 > PACKET_BYTES_MAX) {
      packets.push(`{${shows}}`)
      shows = []
      length = 2
    }
    shows.push(entry)
    length += entry.length + 1
  }
  return shows.length > 0 ? [...packets, `{${shows}}`] : packets
}

/** A packet of a report is about shows or about edges. */
export type Report = { viewers: ViewersReport } | { fleet: FleetReport }

/** Parses a packet; undefined if it is no report. */
export function decodeReport(payload: Uint8Array): Report | undefined {
  if (payload.length > 2 * PACKET_BYTES_MAX) return undefined
  try {
    const report: unknown = JSON.parse(new TextDecoder().decode(payload))
    const fleet = fleetReportIn(report)
    if (fleet !== undefined) return { fleet }
    return isRecordOf(report, isViewers) ? { viewers: report } : undefined
  } catch {
    // No JSON: whoever may report can also send nonsense.
    return undefined
  }
}

/** The segments that a packet of `roar/{show}/viewers` names: all that the show has. None if it is not readable. */
export function segmentsIn(payload: Uint8Array): string[] {
  try {
    const packet: unknown = JSON.parse(new TextDecoder().decode(payload))
    return isViewers(packet) ? Object.keys(packet.segments) : []
  } catch {
    // A foreign packet: the next one names them.
    return []
  }
}

function isViewers(given: unknown): given is Viewers {
  if (typeof given !== 'object' || given === null) return false
  const { viewers, segments } = given as Partial<Viewers>
  return isCount(viewers) && isRecordOf(segments, isCount) && Object.keys(segments).length <= SEGMENTS_MAX
}

/** Bounded, so that no sum leaves the safe integers; still more than there are people. */
const isCount = (given: unknown): given is number =>
  Number.isInteger(given) && (given as number) >= 0 && (given as number) <= 1e10
