import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { parseXml, XmlElement } from '@rgrove/parse-xml'
import type { Subprocess } from 'bun'
import { npmFlags } from '../cli/npm-flags.ts'
import { buildRoar } from './built-roar.ts'
import { CHANGES_RUNTIME } from './changes-runtime.ts'
import { SHARED_KAFKA, shareKafka } from './cluster/shared-kafka.ts'
import { HANG_MS } from './hang.ts'
import { LEFT_OUT_FILE } from './needs.ts'
import { BUILT_ROAR } from './roar-process.ts'

/**
 * `npm test`: every test that can run on this machine, then what was left out and how to get it, which files took longest, what
 * failed, and one line `N passed, N failed`. Paths as arguments: only those. With CI=true nothing may be left out.
 *
 * ```
 * Chromium ─ one file ─ one file ─ …     it takes what a machine has, two at once would starve each other
 * shared   ─ one file ─ one file ─ …     each line is one process, which loads the system once for all of its files
 *          ─ one file ─ one file ─ …
 * alone    ─ one file ─ one file ─ …     each has modules and globals of its own: it changes some, or spends its time on
 *          ─ one file ─ one file ─ …     programs that start, or come back, and leaves its share to the others
 *          ─ one file ─ one file ─ …
 * ```
 *
 * The longest first, so that none is by itself at the end.
 *
 * What the tests start as a program is built once, before the first of them, as a release builds it; paths start the checkout.
 *
 * How long each takes is in `test/timings.json`; `--update-timings` writes it anew. A file that is not in it begins first.
 */
const BROWSERS = [
  'web/**/*.browser.test.ts',
  // Firefox and WebKit are among the others.
  'test/browser/{mischief,two-windows}.test.ts',
  'sdk/test/browser.test.ts',
]
/** What each loads is little beside what it starts or builds: Kafka, Spark, other browsers, a release, whose bytes differ in a process that ran others. */
const PROGRAMS = ['test/{cluster,browser}/*.test.ts', 'test/kill/cluster.test.ts', 'release/*.test.ts']
/** How long each file took, as the runtime reads it. */
const TIMINGS = 'test/timings.json'
const { values: options, positionals: paths } = npmFlags(
  'npm test',
  { options: { 'update-timings': { type: 'boolean', default: false } }, allowPositionals: true },
  (given) => given,
)
const filesOf = (patterns: string[]) => patterns.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync()])
const [browsers, programs] = [filesOf(BROWSERS), filesOf(PROGRAMS)]
const rest = [...new Bun.Glob('**/*.test.{ts,tsx}').scanSync()].filter(
  (file) => !file.includes('node_modules/') && !browsers.includes(file),
)
const isAlone = (file: string) => programs.includes(file) || CHANGES_RUNTIME.test(readFileSync(file, 'utf8'))
const { alone = [], shared = [] } = Object.groupBy(rest, (file) => (isAlone(file) ? 'alone' : 'shared'))
/** A path that begins so is a file's, any other the part of a name. */
const exactly = (files: string[]) => files.map((file) => `./${file}`)
const longestFirst = `--timings=${TIMINGS}`
const lanes: { args: string[]; files: string[]; atOnce: number }[] =
  paths.length > 0
    ? [{ args: paths, files: paths.filter((path) => /\.test\.tsx?$/.test(path)).map(normalize), atOnce: 2 }]
    : [
        { args: ['--no-isolate', ...exactly(browsers)], files: browsers, atOnce: 1 },
        { args: ['--no-isolate', longestFirst, ...exactly(shared)], files: shared, atOnce: 2 },
        { args: [longestFirst, ...exactly(alone)], files: alone, atOnce: 3 },
      ]
/** Of one failure, in the list at the end. */
const SAID_MAX = 2000
/** Files named at the end as the longest: where to look when a run takes too long. */
const LONGEST = 12

// Java programs live for seconds here: the optimising compiler would cost more than it gains.
process.env.JDK_JAVA_OPTIONS = '-XX:TieredStopAtLevel=1'
// A heap is collected when it has grown, and not besides each second that it changed, which takes a tenth of a run.
process.env.BUN_GC_TIMER_DISABLE = '1'
// Memory that is free goes back to the system after ten seconds, not after a tenth of one: it is soon taken again, and to fetch it is a tenth of what tests take.
process.env.MIMALLOC_PURGE_DELAY = '10000'
const kafka = shareKafka()
const folder = mkdtempSync(join(tmpdir(), 'roar-tests-'))
// Also where the program cannot be built.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const running: Subprocess[] = []
// When it is stopped, it must also stop the tests and what they started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // It is still building.
    if (running.length === 0) process.exit(1)
    // The one signal on which what drives a browser closes it and ends: on others it closes it, and the tests would go on.
    for (const tests of running) tests.kill('SIGINT')
  })
const leftOut = join(folder, 'left-out.txt')
const built = paths.length > 0 ? {} : { [BUILT_ROAR]: await builtIn(folder) }
const runs = lanes.map(({ args, files, atOnce }, lane) => {
  const report = join(folder, `report-${lane}.xml`)
  const tests = Bun.spawn(
    [
      process.execPath,
      'test',
      `--timeout=${HANG_MS}`,
      `--parallel=${atOnce}`,
      '--reporter=junit',
      `--reporter-outfile=${report}`,
      ...args,
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        ...built,
        [LEFT_OUT_FILE]: leftOut,
        [SHARED_KAFKA]: kafka.url,
      },
    },
  )
  running.push(tests)
  return { tests, report, files }
})

const results = await Promise.all(
  runs.map(async ({ tests, report, files }) => {
    const code = await tests.exited
    const xml = readIfThere(report)
    const root = xml === '' ? undefined : parseXml(xml).root
    const total = (name: string): number => Number(root?.attributes[name] ?? 0)
    const all = total('tests')
    const unreported = code === 0 ? [] : filesWithout(root, files)
    const failed = total('failures') + total('errors') + unreported.length
    // A run without a report, or with a bad exit but no reported failure, did not pass.
    const isBad = code !== 0 || all === 0
    return {
      code: code || (all === 0 ? 1 : 0),
      all,
      skipped: total('skipped'),
      failed: isBad ? Math.max(failed, 1) : failed,
      files: suitesIn(root).map(({ file, time }) => ({ file: file!, ms: Math.round(Number(time) * 1000) })),
      failures: [
        ...(root ? failuresIn(root) : []),
        ...unreported.map((file) => `${file}: is not in the report, see above`),
      ],
    }
  }),
)
for (const advice of new Set(readIfThere(leftOut).split('\n').filter(Boolean)))
  console.log(`left out: ${advice}`)
const longest = results.flatMap(({ files }) => files).toSorted((a, b) => b.ms - a.ms)
const named = longest.slice(0, LONGEST).map(({ file, ms }) => `${file} ${Math.round(ms / 1000)} s`)
console.log(`longest: ${named.join(', ')}`)
if (options['update-timings'] && paths.length === 0)
  await Bun.write(
    TIMINGS,
    `${JSON.stringify({ version: 1, files: Object.fromEntries(longest.map(({ file, ms }) => [file, ms])) }, null, 2)}\n`,
  )
for (const failure of results.flatMap(({ failures }) => failures)) console.log(`failed: ${failure}`)
const sum = (of: 'all' | 'skipped' | 'failed'): number => results.reduce((all, result) => all + result[of], 0)
const [all, skipped, failed] = [sum('all'), sum('skipped'), sum('failed')]
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${Math.max(all - failed - skipped, 0)} passed, ${failed} failed`)
await kafka.close()
process.exit(results.find(({ code }) => code !== 0)?.code ?? 0)

/** The program, where it finds the checkout's packages, as the one for pictures, and where others may start it. */
async function builtIn(folder: string): Promise<string> {
  const program = join(folder, 'roar')
  await buildRoar(program)
  symlinkSync(join(import.meta.dir, '../node_modules'), join(folder, 'node_modules'))
  chmodSync(folder, 0o755)
  return program
}

/**
 * One line each, so that it stays whole where only lines with `failed:` are kept: with two runs in parallel one reports its
 * failures long before the end, and a failure may not come again.
 */
function failuresIn({ name, attributes, children }: XmlElement): string[] {
  const elements = children.filter((child) => child instanceof XmlElement)
  if (name !== 'testcase') return elements.flatMap(failuresIn)
  const { file, line, classname, name: test } = attributes
  return elements
    .filter((element) => element.name === 'failure' || element.name === 'error')
    .map(
      (failure) =>
        `${[`${file}:${line ?? 0}`, classname, test].filter(Boolean).join(' ')}: ${onOneLine(failure)}`,
    )
}

/** What differed, where, and what caused it. A test that took too long has a message alone. */
function onOneLine({ text, attributes }: XmlElement): string {
  const lines = (text.trim() || (attributes.message ?? '')).split('\n').map((line) => line.trim())
  const line = lines.filter(Boolean).join(' | ')
  return line.length <= SAID_MAX ? line : `${line.slice(0, SAID_MAX)}… (the rest is above)`
}

/** Those not in the report: a file that throws while it is loaded, or whose process ends, has no test that could have failed. */
function filesWithout(root: XmlElement | null | undefined, files: string[]): string[] {
  const reported = new Set(suitesIn(root).map(({ file }) => file))
  return files.filter((file) => !reported.has(file))
}

/** What a report says of each file. */
function suitesIn(root: XmlElement | null | undefined): Record<string, string>[] {
  const suites = (root?.children ?? []).filter((child) => child instanceof XmlElement)
  return suites.map(({ attributes }) => attributes)
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    return ''
  }
}
