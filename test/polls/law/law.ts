import type { Ballot, Poll } from '../../../protocol/polls.ts'

/** What a poll's rules make of its ballots. */
export interface Verdict {
  viewers: number
  counts: Record<string, number>
  segments: Record<string, { viewers: number; counts: Record<string, number> }>
  /** How many more viewers there would be with every late ballot, and with every one in quarantine. */
  late: number
  quarantined: number
}

/**
 * The law of votes, as a program that is only there to be read and to be compared with.
 *
 * 1. Of a voter's ballots with one ordinal the first in the log's order holds, and only if no higher one came before it:
 *    everything else is a repeat, or came a moment later by another way, and is nothing.
 * 2. Of those that hold, the rules then leave out the late ones, or the ones in quarantine, where they say so.
 * 3. A voter's last one that is left is the answer.
 *
 * In this order: who was first is a question of the log alone, and no decision of a producer changes it afterwards.
 */
export function lawOfVotes(
  log: Iterable<Ballot>,
  rules: Pick<Poll, 'countLate' | 'countQuarantined'>,
): Verdict {
  const held = Map.groupBy(log, ({ voter }) => voter)
    .values()
    .map((ballots) =>
      ballots.filter((ballot, i) => ballots.slice(0, i).every((b) => b.ordinal < ballot.ordinal)),
    )
    .toArray()
  const answersWith = (late: boolean, quarantined: boolean) =>
    held.flatMap((own) => own.findLast((b) => (late || !b.late) && (quarantined || !b.quarantined)) ?? [])
  const answers = answersWith(rules.countLate, rules.countQuarantined)
  const all = answersWith(true, true).length
  const sum = (of: Ballot[]) => {
    const counts: Record<string, number> = {}
    for (const { choice, points } of of)
      for (const [i, id] of choice.entries()) counts[id] = (counts[id] ?? 0) + points[i]!
    return { viewers: of.length, counts }
  }
  const inSegments = Map.groupBy(answers, ({ segment }) => segment)
  inSegments.delete('')
  return {
    ...sum(answers),
    segments: Object.fromEntries([...inSegments].map(([segment, of]) => [segment, sum(of)])),
    late: all - answersWith(false, true).length,
    quarantined: all - answersWith(true, false).length,
  }
}

/** Of each voter the ballots that hold, in their order. */
export const heldOf = (log: Iterable<Ballot>): Map<string, Ballot[]> =>
  new Map(
    Map.groupBy(log, ({ voter }) => voter)
      .entries()
      .map(([voter, own]) => [
        voter,
        own.filter(({ ordinal }, i) => own.slice(0, i).every((before) => before.ordinal < ordinal)),
      ]),
  )
