import type { Suspect } from '../../protocol/cohorts.ts'

/**
 * Joins what several processes, or one before and after a restart, saw of the same places: counts are summed; the signs are of
 * the process that saw a ballot last. Sorted by ballots in quarantine, most first.
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
