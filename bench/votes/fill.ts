import { randomBytes } from 'node:crypto'
import type { Log } from '../../adapters/log/log.ts'
import { encodeBallot } from '../../services/polls/ballot-codec.ts'

/** One append of a busy server. */
const BATCH = 1024
const CHOICES = ['anna', 'ben', 'cleo']
/** A seventh of the voters have no segment. */
const SEGMENTS = ['home', 'away', '', 'home', 'away', 'home', 'away']

/**
 * Writes ballots of a poll of the show `final`, as a server with this many voters would, each with one answer.
 * @param options.onBallot Called with each id.
 */
export async function fillBallots(
  log: Pick<Log, 'append'>,
  { poll, count, onBallot = () => {} }: { poll: string; count: number; onBallot?: (id: string) => void },
): Promise<void> {
  const producer = crypto.randomUUID()
  const text = () => randomBytes(16).toString('base64url')
  for (let batch = 0; batch < count; batch += BATCH) {
    const size = Math.min(BATCH, count - batch)
    const records = Array.from({ length: size }, (_, i) => {
      const at = Date.now()
      const [voter, ballot] = [text(), Bun.randomUUIDv7('hex', at)]
      onBallot(ballot)
      const sequence = batch + i
      const written = { show: 'final', poll, producer, sequence, batch, size, ballot, voter, at }
      const segment = SEGMENTS[sequence % SEGMENTS.length]!
      const answer = { segment, choice: [CHOICES[sequence % CHOICES.length]!], points: [1] }
      const marks = { late: false, quarantined: false, ordinal: 1, salt: text(), markSalt: text() }
      return { key: voter, value: encodeBallot({ ...written, ...answer, ...marks }) }
    })
    await log.append('ballots', records)
  }
}
