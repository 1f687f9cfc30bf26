import { parseArgs } from 'node:util'
import { seededRandom } from '../../load/random.ts'
import { say, spread } from '../spread.ts'
import { report, type Score } from './score.ts'

/** What is promised for every farm and every crowd of the labelled set. */
export const RECALL_MIN = 0.95
export const FALSE_ALARMS_MAX = 0.005

export const share = ({ ballots, quarantined }: Score): number => quarantined / ballots

/**
 * `npm run bench suspicion [-- --seeds 10]`: how many ballots of each generated farm and crowd are quarantined by the default
 * settings. Resolves to 1 if one of them breaks the promise.
 */
export async function benchSuspicion(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { seeds: { type: 'string', default: '10' } } })
  const reports = Array.from({ length: Number(values.seeds) }, (_, seed) => report(seededRandom(seed + 1)))
  const rows = (part: 'farms' | 'passing' | 'crowds'): { of: string; shares: number[] }[] =>
    reports[0]![part].map(({ of }) => ({
      of,
      shares: reports.map((one) => share(one[part].find((score) => score.of === of)!)),
    }))
  const print = (title: string, part: 'farms' | 'passing' | 'crowds') => {
    console.log(`\n${title}, in percent: median (least to most of ${reports.length} seeds)`)
    for (const { of, shares } of rows(part))
      console.log(`  ${say(spread(shares.map((one) => 100 * one)), 2).padEnd(24)} ${of}`)
  }
  print('Farms: ballots in quarantine', 'farms')
  print('Crowds: false alarms', 'crowds')
  print('Farms that pass, as nothing in their ballots tells them from people', 'passing')
  const kept =
    rows('farms').every(({ shares }) => Math.min(...shares) >= RECALL_MIN) &&
    rows('crowds').every(({ shares }) => Math.max(...shares) < FALSE_ALARMS_MAX)
  console.log(kept ? '\nEvery farm at 95 % or more, every crowd under 0.5 %.' : '\nThe promise is broken.')
  return kept ? 0 : 1
}
