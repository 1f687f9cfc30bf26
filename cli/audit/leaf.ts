import { text } from './canonical.ts'
import type { LogPlace } from './certified-leaves.ts'
import type { Answer, BallotRow } from './rows.ts'
import { sha256 } from './tree.ts'

export const answerText = ({ choice, points }: Answer): string =>
  choice.map((id, i) => `${id}=${points[i]}`).join(',')

/** The hash of the leaf's text, which docs/voting.md defines. */
export function leafHash(row: BallotRow, { partition, offset, paper }: LogPlace & { paper: string }): Buffer {
  const { salt, voter, segment, markSalt, quarantined } = row
  const answerSalt = text(sha256(`roar-salt-v1\n${salt}`))
  const segmentHash = text(sha256(`roar-segment-v1\n${salt}\n${segment}`))
  const commitment = text(
    sha256(`roar-answer-v2\n${answerSalt}\n${voter}\n${segmentHash}\n${answerText(row)}`),
  )
  const mark = text(
    sha256(`roar-mark-v1\n${markSalt}\n${quarantined ? 'in quarantine' : 'not in quarantine'}`),
  )
  const lines = [
    'roar-ballot-v2',
    row.show,
    row.poll,
    paper,
    row.ballot,
    row.ordinal,
    row.at,
    row.late ? 'late' : 'in time',
    mark,
    partition,
    offset,
    commitment,
  ]
  return sha256(Buffer.of(0), lines.join('\n'))
}
