import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { integer } from '../../cli/flags.ts'
import { npmFlags } from '../../cli/npm-flags.ts'
import { conversation } from './conversation.ts'
import { askBoth, start } from './lane-rig.ts'

/**
 * `npm run fuzz [-- --seconds N] [--seed N]`: sends generated conversations to a server with the fast lane and to one without,
 * and exits with 1 at the first that the two answer or count differently. A seed repeats a run.
 */
const { seconds, seed } = npmFlags(
  'npm run fuzz',
  {
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    },
  },
  ({ values }) => ({
    // A day. A timer for more than 24 is over at once, and the run would find nothing.
    seconds: integer('seconds', values.seconds, 1, 86_400),
    seed: integer('seed', values.seed, 0, 2 ** 31),
  }),
)

const [lane, bare] = [await start(true), await start(false)]
console.log(`seed ${seed}, for ${seconds} s`)
const run = await fc.check(
  fc.asyncProperty(conversation, async (pieces) => {
    const [ours, theirs] = await askBoth(lane, bare, pieces)
    if (!isDeepStrictEqual(ours, theirs)) throw new Error(JSON.stringify({ ours, theirs }, null, 2))
  }),
  {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
  },
)
if (run.failed) console.error(fc.defaultReportMessage(run))
console.log(`${run.numRuns} conversations, ${run.failed ? 'one' : 'none'} read in two ways`)
await Promise.all([lane.http.close(), bare.http.close()])
process.exit(run.failed ? 1 : 0)
