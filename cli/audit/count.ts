import type { Findings } from './findings.ts'
import type { Rules } from './rules.ts'

/** A count: all viewers, each choice, each segment. */
export interface Count extends Part {
  segments: Record<string, Part>
}

interface Part {
  viewers: number
  result: Record<string, number>
}

export const blank = (rules: Rules): Count => ({
  viewers: 0,
  result: Object.fromEntries(rules.choices.map(({ choice }) => [choice, 0])),
  // Without a prototype: a segment may have any name.
  segments: Object.create(null),
})

/** The sums that a voter of this segment adds to: the total, and the segment's own, created on first use. */
export function partsOf(count: Count, segment: string, rules: Rules): Part[] {
  if (segment === '') return [count]
  count.segments[segment] ??= { viewers: 0, result: blank(rules).result }
  return [count, count.segments[segment]]
}

export function addResult(result: Part['result'], choice: string, n: number): void {
  result[choice] = (ownOf(result, choice) ?? 0) + n
}

/** A segment with fewer viewers would reveal how they answered. */
const SEGMENT_MIN = 10

/**
 * The segments that a certificate may name. Small ones, and any that would let a small one be computed, count in the total only.
 */
export function published({ viewers, segments }: Count): Count['segments'] {
  const parts = Object.entries(segments)
    .filter(([, part]) => part.viewers > 0)
    .toSorted(([a, { viewers: m }], [b, { viewers: n }]) => m - n || (a < b ? 1 : -1))
  let hidden = viewers - parts.reduce((sum, [, part]) => sum + part.viewers, 0)
  for (let part = parts[0]; part !== undefined; part = parts[0]) {
    if (part[1].viewers >= SEGMENT_MIN && (hidden === 0 || hidden >= SEGMENT_MIN)) break
    hidden += part[1].viewers
    parts.shift()
  }
  return Object.fromEntries(parts)
}

/** Reads an own property only: an id may be `constructor`, which every object inherits. */
const ownOf = <T>(object: Record<string, T> | undefined, id: string): T | undefined =>
  object !== undefined && Object.hasOwn(object, id) ? object[id] : undefined

export function compareCounts(whose: string, said: Count, counted: Count, findings: Findings): void {
  const differ = (what: string, a: unknown, b: unknown) => {
    if (a !== b)
      findings.push({ what: 'differs', detail: `${what}: counted ${b ?? 0}, ${whose} says ${a ?? 0}` })
  }
  differ('viewers', said.viewers, counted.viewers)
  for (const id of new Set([...Object.keys(said.result), ...Object.keys(counted.result)])) {
    differ(id, ownOf(said.result, id) ?? 0, ownOf(counted.result, id) ?? 0)
  }
  for (const segment of new Set([...Object.keys(said.segments), ...Object.keys(counted.segments)])) {
    const a = ownOf(said.segments, segment)
    const b = ownOf(counted.segments, segment)
    differ(`viewers of ${segment}`, a?.viewers ?? 0, b?.viewers ?? 0)
    for (const id of new Set([...Object.keys(a?.result ?? {}), ...Object.keys(b?.result ?? {})])) {
      differ(`${id} of ${segment}`, ownOf(a?.result, id) ?? 0, ownOf(b?.result, id) ?? 0)
    }
  }
}
