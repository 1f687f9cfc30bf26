/**
 * `npm run elastic`: a crowd comes, stays and goes, and a rule on exported metrics adds and removes edges. Exit code 1 if a
 * viewer missed packets for another reason than its own moves.
 */
import { integer } from '../../cli/flags.ts'
import { npmFlags } from '../../cli/npm-flags.ts'
import { Crowd } from './crowd.ts'
import { ElasticFleet } from './fleet.ts'

/** Interval of the rule; edges report every 2 s. */
const RULE_MS = 3_000
/** Longer than an edge stays listed after it has gone, like an autoscaler's stabilisation window. */
const SETTLE_MS = 15_000
/** Interval at which viewers are added. */
const COME_MS = 250
/** Viewers that one process can run beside others. */
const VIEWERS_A_PROCESS = 2_500

const text = (value: string) => ({ type: 'string', default: value }) as const
const { viewers, limit, comeMs, stayMs, windowMs } = npmFlags(
  'npm run elastic',
  {
    options: {
      viewers: text('400'),
      limit: text(''),
      'come-s': text('20'),
      'stay-s': text('20'),
      'window-ms': text('250'),
    },
  },
  ({ values }) => {
    const viewers = integer('viewers', values.viewers, 10, 20_000)
    return {
      viewers,
      limit: integer('limit', values.limit || `${Math.max(150, Math.ceil(viewers / 4))}`, 10, 10_000),
      comeMs: 1_000 * integer('come-s', values['come-s'], 1, 600),
      stayMs: 1_000 * integer('stay-s', values['stay-s'], 1, 600),
      windowMs: integer('window-ms', values['window-ms'], 100, 10_000),
    }
  },
)

const rule = { target: 0.7, lagMaxS: 1, edgesMin: 1, edgesMax: 12 }
const fleet = await ElasticFleet.start({ ...rule, limit, windowMs, settleMs: SETTLE_MS })
const crowd = new Crowd(fleet.url, Math.ceil(viewers / VIEWERS_A_PROCESS))
const startedMs = performance.now()
let [most, isOver] = [fleet.size, false]

async function askRule(): Promise<void> {
  while (!isOver) {
    const { connections, wanted } = await fleet.applyRule()
    most = Math.max(most, fleet.size)
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0).padStart(4)
    console.log(`${seconds} s  ${connections.join(' + ')} viewers, ${crowd.live} live: ${wanted} edges`)
    await Bun.sleep(RULE_MS)
  }
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await Bun.sleep(100)
}

const asking = askRule()
const steps = Math.ceil(comeMs / COME_MS)
for (let step = 1; step <= steps; step++) {
  crowd.join(Math.round((viewers * step) / steps) - crowd.size)
  await Bun.sleep(COME_MS)
}
await until(() => crowd.live === viewers)
await Bun.sleep(stayMs)
const full = fleet.size
crowd.leave(Math.floor(viewers * 0.8))
await until(() => fleet.size <= Math.max(1, Math.ceil(full / 2)) && fleet.leaving === 0)
await until(() => crowd.live === crowd.size)
isOver = true
await asking

const left = fleet.size
const told = await crowd.close()
await fleet.close()
console.log(`edges: 1, then ${most}, then ${left}`)
console.log(
  `packets ${told.packets}, moves ${told.moves}, gaps ${told.gaps}, longest ${(told.longestMs / 1000).toFixed(1)} s, missed without a move ${told.unexplained}`,
)
if (told.longest) console.log(`the longest: ${told.longest}`)
process.exit(told.unexplained === 0 ? 0 : 1)
