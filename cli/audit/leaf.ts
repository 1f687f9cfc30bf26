import type { LogPlace } from './certified-leaves.ts'
import type { Answer, BallotRow } from './rows.ts'
import { sha256, sha256Text } from './tree.ts'

export const answerText = ({ choice, points }: Answer): string =>
  choice.map((id, i) => `${id}=${points[i]}`).join(',')

/** The hash of the leaf's text, which docs/voting.md defines. */
export function leafHash(row: BallotRow, { partition, offset, paper }: LogPlace & { paper: string }): Buffer {
  const { salt, voter, segment, markSalt, quarantined } = row
  const answerSalt = sha256Text(`roar-salt-v1\n${salt}`)
  const segmentHash = sha256Text(`roar-segment-v1\n${salt}\n${segment}`)
  const commitment = sha256Text(`roar-answer-v2\n${answerSalt}\n${voter}\n${segmentHash}\n${answerText(row)}`)
  const mark = sha256Text(`roar-mark-v1\n${markSalt}\n${quarantined ? 'in quarantine' : 'not in quarantine'}`)
  const asked = `roar-ballot-v2\n${row.show}\n${row.poll}\n${paper}`
  const given = `${row.ballot}\n${row.ordinal}\n${row.at}\n${row.late ? 'late' : 'in time'}`
  return sha256(`\0${asked}\n${given}\n${mark}\n${partition}\n${offset}\n${commitment}`)
}
