import { parseArgs } from 'node:util'
import { torture } from './run.ts'

/**
 * `npm run torture -- --seeds 50`: as many runs, each from another seed; `--seed N` is one of them again, exactly.
 * Ends with 1 when a run went wrong.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
})
const first = Number(values.seed ?? values.from)
const runs = values.seed === undefined ? Number(values.seeds) : 1
let failed = 0
for (let seed = first; seed < first + runs; seed++) {
  const { accepted, votes, faults, wrong } = await torture(seed)
  const counts = Object.entries(faults).map(([fault, count]) => `${count} ${fault}`)
  console.log(
    `seed ${seed}: ${accepted} taps, ${votes} votes; ${counts.join(', ')}: ${wrong.join('; ') || 'exact'}`,
  )
  if (wrong.length > 0) failed++
}
console.log(failed === 0 ? `${runs} of ${runs} are exact` : `${failed} of ${runs} went wrong`)
process.exit(failed === 0 ? 0 : 1)
