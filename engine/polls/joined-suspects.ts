import type { Suspect } from '../../protocol/cohorts.ts'

/**
 * What several processes, or one before and after its restart, saw of the same places: counts are the sum, signs those of whoever
 * saw a ballot last. The places with the most ballots in quarantine come first.
 */
export function joinedSuspects(suspects: readonly Suspect[]): Suspect[] {
  const joined = new Map<string, Suspect>()
  for (const one of suspects) {
    const other = joined.get(one.cohort)
    joined.set(one.cohort, other === undefined ? one : join(one, other))
  }
  return [...joined.values()].sort((a, b) => b.quarantined - a.quarantined || (a.cohort < b.cohort ? -1 : 1))
}

const join = (one: Suspect, other: Suspect): Suspect => ({
  ...(one.to >= other.to ? one : other),
  ballots: one.ballots + other.ballots,
  quarantined: one.quarantined + other.quarantined,
  beyondLimit: one.beyondLimit + other.beyondLimit,
  from: Math.min(one.from, other.from),
  to: Math.max(one.to, other.to),
})
