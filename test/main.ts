import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEFT_OUT_FILE } from './needs.ts'

/**
 * `npm test`: every test that can run on this machine, then what was left out and how to get it, then one line
 * `N passed, N failed`. Paths as arguments: only those. With CI=true nothing may be left out.
 */
const folder = mkdtempSync(join(tmpdir(), 'roar-tests-'))
const report = join(folder, 'report.xml')
const leftOut = join(folder, 'left-out.txt')

// A bound against a test that hangs, not a promise of speed: the machine may be busy.
const tests = Bun.spawn(
  [
    process.execPath,
    'test',
    '--timeout=120000',
    // Most of the long ones wait for programs in Java to start, or to come back. Three at once are two minutes quicker, and leave browsers too little.
    '--parallel=2',
    '--reporter=junit',
    `--reporter-outfile=${report}`,
    ...process.argv.slice(2),
  ],
  {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      [LEFT_OUT_FILE]: leftOut,
      // Programs in Java live for seconds here: the slow compiler would take more than it gives back.
      JDK_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1',
    },
  },
)
// Stopped alone, it must not leave the tests behind, nor what they started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => tests.kill(signal))
const code = await tests.exited

const totals = readIfThere(report).match(/<testsuites[^>]*>/)?.[0] ?? ''
const total = (name: string): number => Number(totals.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0)
const [all, failed, skipped] = [total('tests'), total('failures') + total('errors'), total('skipped')]
for (const advice of new Set(readIfThere(leftOut).split('\n').filter(Boolean)))
  console.log(`left out: ${advice}`)
rmSync(folder, { recursive: true })

// A run that ended without a report, or badly without a failure in it, did not pass.
const failures = code !== 0 && failed === 0 ? 1 : failed
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${all - failed - skipped} passed, ${failures} failed`)
process.exit(code === 0 && all === 0 ? 1 : code)

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    return ''
  }
}
