import type { PollLine, VotesLine } from '../../protocol/recording.ts'
import type { Random } from '../random.ts'

/** Votes of one replay: each is a viewer of its own, with a token. */
export const BALLOTS_MAX = 200_000

/** What one made viewer votes. */
export interface PlannedBallot {
  segment: string
  body: { choice: string } | { choices: string[] } | { points: Record<string, number> }
}

/**
 * The ballots that give a poll's recorded result, in a random order. Who chose several, or split points, is not in a
 * recording: each viewer chooses one, and whoever has points gives all of them to it, so that every count comes out as it was.
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
