import { expect, test } from 'bun:test'
import { seededRandom } from '../../../load/random.ts'
import { lawOfVotes } from '../law/law.ts'
import { sealBetween } from './two-ingests.ts'

/** More with SEEDS=100000. */
const SEEDS = Number(process.env.SEEDS ?? 200)

for (const change of [true, false]) {
  test(`whatever comes between, every receipt is in the certificate and nobody counts twice, ${change ? 'where the last' : 'where the first'} answer counts`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { receipts, ballots, certificate, sealed, poll, trace } = await sealBetween(seededRandom(seed), {
        change,
      })
      const says = `seed ${seed}: ${trace.join(', ')}`
      for (const { ballot } of receipts) expect(sealed, says).toContain(ballot)
      expect(sealed, says).toEqual(ballots.map(({ ballot }) => ballot))
      const law = lawOfVotes(ballots, poll)
      const { viewers, result, ballots: size } = certificate.statement
      expect({ viewers, result, size }, says).toEqual({
        viewers: law.viewers,
        result: { anna: 0, ben: 0, cleo: 0, ...law.counts },
        size: ballots.length,
      })
      expect(law.viewers, says).toBe(new Set(receipts.map(({ voter }) => voter)).size)
    }
  })
}
