/** Compares what was accepted with what was counted and what every viewer received. Pure: numbers in, sentences out. */
import { plural } from '../protocol/plural.ts'
import type { LedgerSums } from './packet-ledger.ts'
import type { FleetCounts } from './viewer-fleet.ts'

export interface Evidence {
  accepted: number
  /** Not answered: the server may or may not have counted them. */
  unanswered: number
  acceptedBySticker: ReadonlyMap<string, number>
  unansweredBySticker: ReadonlyMap<string, number>
  sums: LedgerSums
  /** Probe marks that this run did not send. */
  strangers: number
  counts: FleetCounts
  viewers: number
  /** Taps per second, to express a loss as a time. */
  rate: number
  windowMs: number
  /** 99th percentile from tap to packet at the viewers; undefined if no tap was timed. */
  tapP99Ms: number | undefined
  limits: Limits
}

/** Limits of a run, besides that counts are exact. */
export interface Limits {
  /** 99th percentile from tap to packet. Default: no limit. */
  p99Ms?: number | undefined
  /** Packets missed by connected viewers, in total. Default 0. */
  lost?: number | undefined
}

export interface Verdict {
  ok: boolean
  /** What is wrong, worst first. */
  faults: string[]
  /** Notable, but no fault. */
  notes: string[]
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
export const wholes = (value: number, noun: string): string => plural(value, noun, whole(value))

export function verdictOf(evidence: Evidence): Verdict {
  const faults = [
    ...viewerFaults(evidence),
    ...countFaults(evidence),
    ...chainFaults(evidence),
    ...deliveryFaults(evidence),
    ...latenessFaults(evidence),
  ]
  return { ok: faults.length === 0, faults, notes: notesOf(evidence) }
}

function notesOf({ accepted, unanswered, sums, strangers, counts, limits }: Evidence): string[] {
  const notes: string[] = []
  const more = sums.byTotal - accepted
  if (unanswered > 0 && more >= 0 && more <= unanswered) {
    notes.push(`No answer to ${wholes(unanswered, 'tap')}, of which ${whole(more)} counted.`)
  }
  for (const { by, at, unseen } of sums.breaks) {
    if (by > 0 && unseen) {
      notes.push(
        `Packets with ${wholes(by, 'tap')} went by before ${clockTime(at)} while no viewer was connected.`,
      )
    }
  }
  if (sums.sampled) notes.push('Some packets are estimates ("sample"), so counts cannot be exact.')
  const { gaps } = counts
  if (gaps > 0 && gaps <= (limits.lost ?? 0))
    notes.push(`${wholes(gaps, 'packet')} did not reach a connected viewer; allowed: ${whole(limits.lost!)}.`)
  if (strangers > 0) notes.push('Somebody else taps the sticker that this tool keeps for timing.')
  return notes
}

function viewerFaults({ counts, viewers }: Evidence): string[] {
  const missing = viewers - counts.listening
  if (missing === 0) return []
  const blind = counts.listening === 0 ? ', so what was counted since the last packet is not known' : ''
  return [`Not connected at the end: ${whole(missing)} of ${wholes(viewers, 'viewer')}${blind}.`]
}

function countFaults({ accepted, unanswered, sums, rate, windowMs, ...rest }: Evidence): string[] {
  const counted = sums.byTotal
  if (counted < accepted) {
    const lost = accepted - counted
    const lastedMs = (1000 * lost) / rate
    const asWindows = lastedMs / windowMs
    const size =
      asWindows > 0.5 && asWindows < 1.5
        ? `about one window of ${windowMs} ms at ${whole(rate)}/s`
        : `what comes in ${duration(lastedMs)} at ${whole(rate)}/s (a window is ${windowMs} ms)`
    return [`Lost ${whole(lost)} of ${wholes(accepted, 'accepted tap')} = ${size}.`]
  }
  const most = accepted + unanswered
  if (counted > most) {
    return [
      `Counted ${whole(counted - most)} more than the ${wholes(most, 'tap')} that can have arrived: counted twice, or somebody else taps in this show.`,
    ]
  }
  return stickerFaults({ sums, ...rest })
}

/** With the total right, checks every sticker's count. */
function stickerFaults({
  sums,
  acceptedBySticker,
  unansweredBySticker,
}: Pick<Evidence, 'sums' | 'acceptedBySticker' | 'unansweredBySticker'>): string[] {
  const { bySticker } = sums
  // If a packet was truncated or missed, or the total fell, the stickers say less than the total.
  if (bySticker === undefined || sums.breaks.length > 0) return []
  const wrong: string[] = []
  for (const sticker of new Set([...acceptedBySticker.keys(), ...bySticker.keys()])) {
    const counted = bySticker.get(sticker) ?? 0
    const least = acceptedBySticker.get(sticker) ?? 0
    const most = least + (unansweredBySticker.get(sticker) ?? 0)
    if (counted < least) wrong.push(`${sticker} ${whole(least - counted)} too few`)
    if (counted > most) wrong.push(`${sticker} ${whole(counted - most)} too many`)
  }
  return wrong.length === 0 ? [] : [`The total is right and its stickers are not: ${wrong.join(', ')}.`]
}

function chainFaults({ sums }: Evidence): string[] {
  return sums.breaks.flatMap(({ at, by, unseen }) => {
    if (by < 0)
      return [
        `The total fell back by ${whole(-by)} at ${clockTime(at)}: a restart forgot what it had published.`,
      ]
    if (unseen) return []
    return [
      `Before the packet of ${clockTime(at)} the total grew by ${whole(by)} more than packets say: one was never published, or was sent to nobody.`,
    ]
  })
}

function latenessFaults({ tapP99Ms, limits: { p99Ms } }: Evidence): string[] {
  if (p99Ms === undefined) return []
  if (tapP99Ms === undefined)
    return [
      `No tap was timed, so whether p99 is within ${whole(p99Ms)} ms is not known: tap more, by --rate or --seconds.`,
    ]
  if (tapP99Ms <= p99Ms) return []
  return [`Tap to packet took ${whole(tapP99Ms)} ms at p99: ${whole(p99Ms)} ms were allowed.`]
}

function deliveryFaults({ counts, limits: { lost = 0 } }: Evidence): string[] {
  const faults: string[] = []
  if (counts.gaps > lost) {
    faults.push(
      `${wholes(counts.gaps, 'packet')} did not reach a connected viewer (${whole(counts.gaps + counts.delivered)} expected${lost > 0 ? `, ${whole(lost)} allowed` : ''}).`,
    )
  }
  if (counts.conflicts > 0)
    faults.push(`${wholes(counts.conflicts, 'packet')} came with an "at" that another packet had.`)
  if (counts.unreadable > 0)
    faults.push(`Not a mood packet, or out of order: ${wholes(counts.unreadable, 'message')}.`)
  return faults
}

const clockTime = (at: number): string => new Date(at).toISOString().slice(11, 23)

export function duration(ms: number): string {
  if (ms < 10_000) return `${whole(ms)} ms`
  return `${(ms / 1000).toFixed(1)} s`
}
