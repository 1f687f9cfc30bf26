import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { integer } from '../../cli/flags.ts'
import { npmFlags } from '../../cli/npm-flags.ts'
import { seededRandom } from '../../load/random.ts'
import { PARENT } from './ends-with-parent.ts'
import { intervalOf } from './interval.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { describe, type Known, nameOf } from './survivors.ts'
import { testsOf } from './tests-of.ts'

/**
 * `npm run mutate`: changes engine and protocol one small step at a time and runs the tests that lie beside them; what no
 * test notices is compared with `survivors.json`. Mutants come in an order by seed, so a run that is cut by `--sample` or
 * `--minutes` is a fair sample, and each mutant's tests run in a process of their own, with the change in memory alone.
 *
 * Exits 1 where a mutant survives that the list does not name, or one is killed that it does.
 */
const ANY = Number.MAX_SAFE_INTEGER
const OPTIONS = {
  seed: { type: 'string', default: '1' },
  /** No new mutant is started after this. */
  minutes: { type: 'string', default: '8' },
  /** So many mutants, drawn by seed, instead of all. */
  sample: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
  /** `2/5`: the second of five parts, which together are all. */
  slice: { type: 'string', default: '1/1' },
  /** Only files whose path begins so. */
  files: { type: 'string', default: '' },
  /** Only mutants that `survivors.json` names: whether each still survives. */
  listed: { type: 'boolean', default: false },
  workers: { type: 'string', default: String(availableParallelism()) },
  /** Where each outcome is written, a line each. What is there about a file as it is now is not tried again: begin a new one after a change of tests. */
  log: { type: 'string' },
} as const
const { options, seed, minutes, sample, workers, parts, part } = npmFlags(
  'npm run mutate',
  { options: OPTIONS },
  ({ values }) => {
    const [slice = '', slices = ''] = values.slice.split('/')
    const parts = integer('slice', slices, 1, ANY)
    return {
      options: values,
      seed: integer('seed', values.seed, 0, ANY),
      minutes: integer('minutes', values.minutes, 1, ANY),
      sample: integer('sample', values.sample, 1, ANY),
      workers: integer('workers', values.workers, 1, 1024),
      ...{ parts, part: integer('slice', slice, 1, parts) },
    }
  },
)

const ROOT = join(import.meta.dir, '../..')
const ROOMS = ['engine', 'protocol']
/** The demo show, and the rules of polls in tests to which they do not matter, are data: no test should know them literally. */
const DATA = ['engine/demo-show.ts', 'engine/polls/rules-fixture.ts']
/** For tests that outlive nobody who stops this run. */
const WATCHED = { ...process.env, [PARENT]: String(process.pid) }
const WATCH = ['--preload', './test/mutate/ends-with-parent.ts']
/** The tests beside the code, and those that compare tables and grammars with their documents. */
const TESTS = ['engine/**/*.test.ts', 'protocol/**/*.test.ts', 'test/docs.test.ts', 'test/schemas.test.ts']
/**
 * The processor time that kills a mutant with an endless loop: ten times what all tests of the run take without a mutant, within these
 * bounds. Not a time of the clock: on a busy machine a mutant that no test notices would count as killed.
 */
const ENDLESS_S = { min: 5, max: 60 }

const scan = (pattern: string): string[] => [...new Bun.Glob(pattern).scanSync(ROOT)].toSorted()
const files = ROOMS.flatMap((room) => scan(`${room}/**/*.ts`)).filter(
  (file) => !file.endsWith('.test.ts') && file.startsWith(options.files) && !DATA.includes(file),
)
const tests = testsOf(ROOT, { files, tests: TESTS.flatMap(scan) })
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))

const known = new Map(
  (JSON.parse(readFileSync(join(import.meta.dir, 'survivors.json'), 'utf8')) as Known[]).map((entry) => [
    nameOf(entry),
    entry,
  ]),
)

const entryOf = (mutant: Mutant): Known | undefined =>
  known.get(nameOf(describe(mutant, sources.get(mutant.file)!)))

const random = seededRandom(seed)
const all = files.flatMap((file) => mutantsOf(file, sources.get(file)!))
const mutants = all
  .map((mutant) => ({ mutant, rank: random() }))
  .toSorted((a, b) => a.rank - b.rank)
  .map(({ mutant }) => mutant)
  .filter((_, i) => i % parts === part - 1)
  .filter((mutant) => !options.listed || entryOf(mutant) !== undefined)
  .slice(0, sample)

const endlessS = Math.min(ENDLESS_S.max, Math.max(ENDLESS_S.min, Math.ceil(10 * unchangedS())))
let endless = 0

/** Whether a test fails: first the one beside the file, which kills most mutants, then all others that run the file. */
async function isKilled(mutant: Mutant): Promise<boolean> {
  const own = mutant.file.replace(/\.ts$/, '.test.ts')
  const { beside = [], others = [] } = Object.groupBy(tests.get(mutant.file)!, (test) =>
    test === own ? 'beside' : 'others',
  )
  return (await fails(mutant, beside)) || (await fails(mutant, others))
}

async function fails(mutant: Mutant, running: string[]): Promise<boolean> {
  if (running.length === 0) return false
  const child = Bun.spawn(
    [
      ...['sh', '-c', `ulimit -t ${endlessS} && exec "$@"`, 'sh'],
      ...[
        process.execPath,
        'test',
        '--bail=1',
        '--timeout=120000',
        ...WATCH,
        '--preload',
        './test/mutate/activate.ts',
      ],
      ...running.map((test) => `./${test}`),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...WATCHED, ROAR_MUTANT: JSON.stringify(mutant) },
    },
  )
  const code = await child.exited
  if (child.signalCode !== null) endless++
  return code !== 0
}

/** The processor time that the tests take without a mutant, in seconds. */
function unchangedS(): number {
  const all = [...new Set([...tests.values()].flat())].map((test) => `./${test}`)
  const { success, resourceUsage } = Bun.spawnSync(
    [process.execPath, 'test', '--timeout=120000', ...WATCH, ...all],
    {
      cwd: ROOT,
      env: WATCHED,
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  )
  if (!success) throw new Error('the tests fail without any mutant')
  return Number(resourceUsage.cpuTime.total) / 1e6
}

/** Printed as found: a run takes a while, and may be stopped. */
function printSurvivor({ file, line, before, after }: Mutant): void {
  console.log(
    `survived: ${file}:${line}  ${before.replaceAll(/\s+/g, ' ').slice(0, 80)}  →  ${after.slice(0, 80)}`,
  )
}

/** An outcome as the log has it: of a mutant of this very source. */
interface Logged extends Mutant {
  source: string
  killed: boolean
}

const keyOf = ({ source, start, end, after }: Omit<Logged, 'killed'>): string =>
  JSON.stringify([source, start, end, after])
const ofSource = (mutant: Mutant) => ({ ...mutant, source: `${Bun.hash(sources.get(mutant.file)!)}` })

function readLog(path: string | undefined): Map<string, boolean> {
  if (path === undefined || !existsSync(path)) return new Map()
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return new Map(lines.map((line) => JSON.parse(line) as Logged).map((entry) => [keyOf(entry), entry.killed]))
}

const logged = readLog(options.log)
async function outcomeOf(mutant: Mutant): Promise<boolean> {
  const tried = logged.get(keyOf(ofSource(mutant)))
  if (tried !== undefined) return tried
  const killed = await isKilled(mutant)
  if (options.log !== undefined)
    appendFileSync(options.log, `${JSON.stringify({ ...ofSource(mutant), killed })}\n`)
  return killed
}

const until = Date.now() + minutes * 60_000
const outcomes: { mutant: Mutant; killed: boolean }[] = []
let next = 0
async function work(): Promise<void> {
  while (next < mutants.length && Date.now() < until) {
    const mutant = mutants[next++]!
    const killed = await outcomeOf(mutant)
    outcomes.push({ mutant, killed })
    if (!killed && entryOf(mutant) === undefined) printSurvivor(mutant)
  }
}
await Promise.all(Array.from({ length: workers }, work))

const survivors = outcomes.filter(({ killed }) => !killed).map(({ mutant }) => mutant)
const isSample = outcomes.length < mutants.length || sample <= mutants.length
const percent = (share: number): string => (100 * share).toFixed(1)
const isEquivalent = (mutant: Mutant): boolean => entryOf(mutant)?.is === 'equivalent'
for (const room of ROOMS) {
  const counted = outcomes.filter(({ mutant }) => mutant.file.startsWith(`${room}/`) && !isEquivalent(mutant))
  const killed = counted.filter((outcome) => outcome.killed).length
  const equivalent = survivors.filter(
    (mutant) => mutant.file.startsWith(`${room}/`) && isEquivalent(mutant),
  ).length
  const share = percent(killed / Math.max(1, counted.length))
  const interval = intervalOf(killed, counted.length).map(percent).join(' to ')
  const of = isSample ? ` (${interval} % of all, at 95 %)` : ''
  console.log(`${room}: ${killed} of ${counted.length} killed, ${share} %${of}; ${equivalent} equivalent`)
}
if (endless > 0) console.log(`${endless} of the killed did not end within ${endlessS} s of the processor`)
if (outcomes.length < mutants.length)
  console.log(`time is up: ${outcomes.length} of ${mutants.length} mutants, seed ${seed}`)

const unnamed = survivors.filter((mutant) => entryOf(mutant) === undefined)
const alive = new Set(survivors.map((mutant) => nameOf(describe(mutant, sources.get(mutant.file)!))))
// One line may have several mutants of one name, and a sample some of them.
const tried = new Set(outcomes.map(({ mutant }) => mutant))
const untried = new Set(
  all
    .filter((mutant) => !tried.has(mutant))
    .map((mutant) => nameOf(describe(mutant, sources.get(mutant.file)!))),
)
const stale = outcomes
  .filter(({ mutant }) => entryOf(mutant) !== undefined)
  .map(({ mutant }) => nameOf(describe(mutant, sources.get(mutant.file)!)))
  .filter((name) => !alive.has(name) && !untried.has(name))
for (const name of new Set(stale)) console.log(`listed, and killed: ${name}`)
process.exit(unnamed.length > 0 || stale.length > 0 ? 1 : 0)
