import { countedWords } from '../report.ts'
import { duration, whole } from '../verdict.ts'
import type { ReplayProgress, ReplayResult } from './replay.ts'
import type { Fate } from './requests.ts'

/** What a replay prints: a line per second, a table at the end. */

export const REPLAY_HEAD = '   time      taps sent    accepted     counted       posts       votes'

export const replayLine = ({ elapsedS, sent, accepted, counted, posts, votes }: ReplayProgress): string =>
  [
    `${elapsedS.toFixed(0)} s`.padStart(7),
    whole(sent).padStart(15),
    ...[accepted, counted, posts.accepted, votes.accepted].map((count) => whole(count).padStart(12)),
  ].join('')

export function replayTable({ load, posts, votes, ballots, faults, notes }: ReplayResult): string {
  const areEqual = load.counted === load.accepted && ballots === votes.accepted
  const rows = [
    ['', 'sent', 'accepted', 'counted'],
    ['taps', whole(load.sent), whole(load.accepted), whole(load.counted)],
    ['votes', whole(votes.sent), whole(votes.accepted), whole(ballots)],
    ['posts', whole(posts.sent), whole(posts.accepted), ''],
  ]
  const table = rows.map(
    ([name, ...cells]) => name!.padEnd(8) + cells.map((cell) => cell.padStart(14)).join(''),
  )
  return [
    ...table.map((row) => row.trimEnd()),
    ...refusals('taps', load),
    ...refusals('votes', votes),
    ...refusals('posts', posts),
    `answers to taps after ${duration(load.answerMs.p50)} (median), ${duration(load.answerMs.p99)} (p99)`,
    '',
    ...(faults.length === 0 ? [`OK  ${countedWords(areEqual)}.`] : []),
    ...faults.map((fault) => `FAULT  ${fault}`),
    ...notes,
  ].join('\n')
}

const refusals = (what: string, { refused, unanswered }: Pick<Fate, 'refused' | 'unanswered'>): string[] => [
  ...Object.entries(refused).map(([code, times]) => `${whole(times)} ${what} were refused: ${code}`),
  ...(unanswered > 0 ? [`${whole(unanswered)} ${what} had no answer`] : []),
]
