import type { PollLine, VotesLine } from '../../protocol/recording.ts'
import type { Random } from '../random.ts'

/** Votes in one replay: each is cast by its own viewer with its own token. */
export const BALLOTS_MAX = 200_000

/** The vote of one generated viewer. */
export interface PlannedBallot {
  segment: string
  body: { choice: string } | { choices: string[] } | { points: Record<string, number> }
}

/**
 * Ballots that reproduce a poll's recorded result, in random order. A recording does not say who chose several or split points:
 * each generated viewer chooses one and gives it all points, so every count matches.
 */
export function ballotsOf(
  { kind, max }: PollLine,
  votes: readonly VotesLine[],
  random: Random,
): PlannedBallot[] {
  const ballots = votes.flatMap(({ segment, choice, count }) =>
    Array.from({ length: kind === 'points' ? Math.ceil(count / max) : count }, (_, i): PlannedBallot => {
      if (kind === 'several') return { segment, body: { choices: [choice] } }
      if (kind === 'points')
        return { segment, body: { points: { [choice]: Math.min(max, count - i * max) } } }
      return { segment, body: { choice } }
    }),
  )
  for (let at = ballots.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[ballots[at], ballots[other]] = [ballots[other]!, ballots[at]!]
  }
  return ballots
}
