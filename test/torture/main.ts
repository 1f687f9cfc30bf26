import { integer, some } from '../../cli/flags.ts'
import { npmFlags } from '../../cli/npm-flags.ts'
import { startKafka } from '../../deploy/programs/kafka.ts'
import { postgresFolder, startPostgres } from '../cluster/postgres.ts'
import { needs } from '../needs.ts'
import { torture } from './run.ts'
import { embeddedWorld } from './world.ts'
import { kafkaWorld } from './world-kafka.ts'

const WORLDS = ['embedded', 'kafka'] as const

/**
 * `npm run torture -- --seeds 50`: as many runs, each from another seed, in one process and, with Java here, on Kafka, and PostgreSQL where that is here;
 * `--on embedded` or `--on kafka`: only there; `--seed N` is one of them again. Ends with 1 when a run went wrong.
 */
const { on, first, runs } = npmFlags(
  'npm run torture',
  {
    options: {
      seeds: { type: 'string', default: '10' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      on: { type: 'string', default: WORLDS.join() },
    },
  },
  ({ values: { seeds, from, seed, on } }) => ({
    on: some('on', on, WORLDS),
    first: integer(seed === undefined ? 'from' : 'seed', seed ?? from, 0, Number.MAX_SAFE_INTEGER),
    runs: seed === undefined ? integer('seeds', seeds, 1, Number.MAX_SAFE_INTEGER) : 1,
  }),
)
let failed = 0

/** Runs on a broker mostly wait, so that several go on at once; those in one process have it to themselves. */
const KAFKA_AT_ONCE = 4

async function run(on: string, seed: number, world?: Parameters<typeof torture>[1]): Promise<void> {
  const { accepted, votes, faults, wrong } = await torture(seed, world)
  const counts = Object.entries(faults).map(([fault, count]) => `${count} ${fault}`)
  console.log(
    `${on}, seed ${seed}: ${accepted} taps, ${votes} votes; ${counts.join(', ')}: ${wrong.join('; ') || 'exact'}`,
  )
  if (wrong.length > 0) failed++
}

/** Every seed, so many at once. */
async function all(work: (seed: number) => Promise<void>, atOnce: number): Promise<void> {
  let next = first
  const worker = async () => {
    while (next < first + runs) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

if (on.includes('embedded')) await all((seed) => run('embedded', seed, { in: embeddedWorld }), 1)
if (on.includes('kafka') && needs('java') && needs('mvn')) {
  const kafka = await startKafka()
  const postgres = needs('postgres', postgresFolder() !== undefined) ? await startPostgres() : undefined
  const where = postgres === undefined ? 'kafka' : 'kafka and postgres'
  try {
    const enter = async (seed: number) =>
      kafkaWorld(kafka.address, seed, await postgres?.database(`seed${seed}`))
    await all((seed) => run(where, seed, { in: () => enter(seed) }), KAFKA_AT_ONCE)
  } finally {
    await kafka.close()
    await postgres?.close()
  }
}
console.log(failed === 0 ? 'every run is exact' : `${failed} runs went wrong`)
process.exit(failed === 0 ? 0 : 1)
