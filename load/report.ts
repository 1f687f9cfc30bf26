import type { Summary } from './histogram.ts'
import type { LoadOptions, LoadProgress, LoadResult } from './run.ts'
import { duration, whole, wholes } from './verdict.ts'

/** What a run prints: a line per second, a table at the end. */

export function headline({
  url,
  others = [],
  show,
  viewers,
  rate,
  seconds,
  shape,
  burst,
  seed,
}: LoadOptions): string {
  return `${wholes(viewers, 'viewer')} of "${show}" at ${[url, ...others].join(', ')}, ${whole(rate)} taps/s in bursts of ${burst} for ${seconds} s, ${shape}, seed ${seed}`
}

export const LIVE_HEAD = '   time   viewers        sent    accepted     counted    delivered   p50      p99'

export function liveLine({
  elapsedS,
  listening,
  sent,
  accepted,
  counted,
  delivered,
  tapMs,
}: LoadProgress): string {
  const cells = [
    `${elapsedS.toFixed(0)} s`.padStart(7),
    whole(listening).padStart(9),
    whole(sent).padStart(11),
    whole(accepted).padStart(11),
    whole(counted).padStart(11),
    whole(delivered).padStart(12),
    (tapMs.count === 0 ? '-' : `${whole(tapMs.p50)} ms`).padStart(8),
    (tapMs.count === 0 ? '-' : `${whole(tapMs.p99)} ms`).padStart(8),
  ]
  return cells.join(' ')
}

export function table(result: LoadResult): string {
  const blocks = blocksOf(result).map((rows) => rows.map(line).join('\n'))
  return [...blocks, verdictLines(result).join('\n')].join('\n\n')
}

/** Several values are printed in columns. */
export type Row = [name: string, value: string | readonly string[], remark?: string]

/** Width of a column. */
const COLUMN = 7

/** The result in blocks of rows: taps, packets, times, the tool itself. */
export const blocksOf = (result: LoadResult): Row[][] =>
  [tapRows, packetRows, timeRows, toolRows].map((rows) => rows(result))

const line = ([name, value, remark = '']: Row): string => {
  const values = typeof value === 'string' ? value : value.map((each) => each.padStart(COLUMN)).join('')
  return `${name.padEnd(26)}${values.padStart(14)}  ${remark}`.trimEnd()
}

function tapRows(result: LoadResult): Row[] {
  const { sent, accepted, refused, unanswered, unsent, counted, sums, faults } = result
  return [
    ['taps sent', whole(sent)],
    ['accepted', whole(accepted)],
    ...Object.entries(refused).map(([code, taps]): Row => [`refused: ${code}`, whole(taps)]),
    ['failed, no answer', whole(unanswered), mostFrequent(faults.unanswered)],
    ['failed, no connection', whole(unsent), mostFrequent(faults.unsent)],
    ['counted', whole(counted), `sum of n over ${wholes(sums.packets, 'packet')}: ${whole(sums.byN)}`],
  ]
}

const mostFrequent = (faults: [fault: string, times: number][]): string =>
  faults.toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? ''

/** Only the newest are printed. */
const SILENCES_TOLD = 10

function packetRows({
  delivery,
  stormMs,
  outageMs,
  options,
  silenceMs,
  silences,
  faults,
}: LoadResult): Row[] {
  const rows: Row[] = [
    ['packets delivered', whole(delivery.delivered), `of ${whole(delivery.expected)} expected`],
    ['gaps', whole(delivery.gaps), 'published while the viewer was connected, and not received'],
    ['late', whole(delivery.late), 'more than a window after the first viewer'],
    ['received twice', whole(delivery.repeated)],
    ['longest silence', duration(silenceMs), 'between two packets while taps were sent'],
  ]
  for (const { fromS, ms } of silences.slice(-SILENCES_TOLD))
    rows.push(['silence', duration(ms), `from second ${fromS.toFixed(1)} on no viewer got a packet`])
  if (options.shape === 'storm') {
    rows.push(['all back after the storm', stormMs === undefined ? 'never' : duration(stormMs)])
  }
  const { closes, failed } = delivery
  if (closes > 0) rows.push(['connections lost', whole(closes)])
  if (failed > 0)
    rows.push(['connections not made', whole(failed), `and tried again; ${mostFrequent(faults.viewers)}`])
  if (delivery.turnedAway > 0) rows.push(['viewers turned away', whole(delivery.turnedAway)])
  if (outageMs.count > 0) {
    rows.push(
      ['missed while away', whole(delivery.missedAway), 'packets, by all viewers together'],
      ['outage a viewer saw', duration(outageMs.p50), `median; longest ${duration(outageMs.max)}`],
    )
  }
  return rows
}

const TIMES = ['p50', 'p90', 'p99', 'max'] as const

function timeRows({ tapMs, answerMs, connectMs, probes }: LoadResult): Row[] {
  const lost = probes.lost > 0 ? `, ${whole(probes.lost)} more never seen` : ''
  const timed = `${wholes(probes.timed, 'marked tap')}, at each viewer${lost}`
  return [
    ['milliseconds', TIMES],
    times(
      'tap to packet',
      tapMs,
      probes.sticker === undefined ? 'not timed: one sticker is not enough' : timed,
    ),
    times('tap to answer', answerMs),
    times('connect', connectMs),
  ]
}

const times = (name: string, summary: Summary, remark = ''): Row => [
  name,
  TIMES.map((key) => (summary.count === 0 ? '-' : whole(summary[key]))),
  remark,
]

function toolRows({ tool: { lagMs, cores, processes } }: LoadResult): Row[] {
  const lag = `sent ${lagMs.p99.toFixed(1)} ms late at p99, ${lagMs.max.toFixed(1)} at most`
  return [
    [
      'this tool',
      `${cores.toFixed(2)} cores`,
      `${processes === 1 ? '1 process' : `${processes} processes`}; ${lag}`,
    ],
  ]
}

/** What an OK says about the counts. */
export const countedWords = (areEqual: boolean): string =>
  areEqual ? 'counted = accepted' : 'counted is what was accepted, and some of what had no answer'

/** Whether all is well, and further notes. */
export function verdictLines({ verdict, accepted, counted, delivery }: LoadResult): string[] {
  const { ok, faults, notes } = verdict
  if (!ok) return [...faults.map((fault) => `FAULT  ${fault}`), ...notes]
  const said = countedWords(accepted === counted)
  const got = delivery.gaps === 0 ? '; every viewer got every packet it was connected for' : ''
  return [`OK  ${said}${got}.`, ...notes]
}
