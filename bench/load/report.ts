import type { Summary } from './histogram.ts'
import type { LoadOptions, LoadProgress, LoadResult } from './run.ts'
import { duration, whole } from './verdict.ts'

/** What a run prints: a line each second, a table at its end. */

export function headline({ url, show, viewers, rate, seconds, shape, burst, seed }: LoadOptions): string {
  return `${whole(viewers)} viewers of "${show}" at ${url}, ${whole(rate)} taps/s in bursts of ${burst} for ${seconds} s, ${shape}, seed ${seed}`
}

export const LIVE_HEAD = '   time   viewers        sent    accepted     counted    delivered   p50      p99'

export function liveLine({ elapsedS, listening, sent, accepted, counted, delivered, tapMs }: LoadProgress): string {
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
  const rows = [...tapRows(result), [''], ...packetRows(result), [''], ...timeRows(result), [''], ...toolRows(result)]
  const lines = rows.map(([name = '', value = '', remark = '']) =>
    name === '' ? '' : `${name.padEnd(26)}${value.padStart(14)}  ${remark}`.trimEnd(),
  )
  return [...lines, '', ...verdictLines(result)].join('\n')
}

type Row = [name: string, value?: string, remark?: string]

function tapRows(result: LoadResult): Row[] {
  const { sent, accepted, refused, unanswered, unsent, counted, sums, faults } = result
  const mostFrequent = faults.bursts.toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? ''
  return [
    ['taps sent', whole(sent)],
    ['accepted', whole(accepted)],
    ...Object.entries(refused).map(([code, taps]): Row => [`refused: ${code}`, whole(taps)]),
    ['failed, no answer', whole(unanswered), unanswered > 0 ? mostFrequent : ''],
    ['failed, no connection', whole(unsent), unsent > 0 ? mostFrequent : ''],
    ['counted', whole(counted), `sum of n over ${whole(sums.packets)} packets: ${whole(sums.byN)}`],
  ]
}

function packetRows({ delivery, stormMs, outageMs, options, silenceMs, faults }: LoadResult): Row[] {
  const rows: Row[] = [
    ['packets delivered', whole(delivery.delivered), `of ${whole(delivery.expected)} expected`],
    ['gaps', whole(delivery.gaps), 'published while the viewer was connected, and not received'],
    ['late', whole(delivery.late), 'more than a window after the first viewer'],
    ['received twice', whole(delivery.repeated)],
    ['longest silence', duration(silenceMs), 'between two packets while taps were sent'],
  ]
  if (options.shape === 'storm') {
    rows.push(['all back after the storm', stormMs === undefined ? 'never' : duration(stormMs)])
  }
  if (delivery.closes > 0) rows.push(['connections lost', whole(delivery.closes), faults.viewers[0]?.[0] ?? ''])
  if (delivery.turnedAway > 0) rows.push(['viewers turned away', whole(delivery.turnedAway)])
  if (outageMs.count > 0) {
    rows.push(
      ['missed while away', whole(delivery.missedAway), 'packets, by all viewers together'],
      ['outage a viewer saw', duration(outageMs.p50), `median; longest ${duration(outageMs.max)}`],
    )
  }
  return rows
}

function timeRows({ tapMs, answerMs, connectMs, probes }: LoadResult): Row[] {
  const timed =
    probes.sticker === undefined
      ? 'not timed: the show has only one sticker'
      : `${whole(probes.timed)} marked taps at each viewer${probes.lost > 0 ? `, ${probes.lost} more never seen` : ''}`
  return [
    ['', 'p50      p90      p99      max'],
    times('tap to packet', tapMs, timed),
    times('tap to answer', answerMs),
    times('connect', connectMs),
  ]
}

function times(name: string, { count, p50, p90, p99, max }: Summary, remark = ''): Row {
  if (count === 0) return [name, '-', remark]
  const cells = [p50, p90, p99, max].map((ms) => whole(ms).padStart(8)).join(' ')
  return [`${name}, ms`, cells, remark]
}

function toolRows({ tool, probes }: LoadResult): Row[] {
  const { lagMs, cores, processes } = tool
  const rows: Row[] = [
    ['this tool', `${cores.toFixed(2)} cores`, `in ${processes} process${processes === 1 ? '' : 'es'}; sent ${lagMs.p99.toFixed(1)} ms late at p99, ${lagMs.max.toFixed(1)} at most`],
  ]
  if (probes.strangers > 0) rows.push(['marks of others', whole(probes.strangers), 'somebody else taps the sticker that times taps'])
  return rows
}

function verdictLines({ verdict, accepted, counted }: LoadResult): string[] {
  const { ok, faults, notes } = verdict
  if (!ok) return [...faults.map((fault) => `FAULT  ${fault}`), ...notes]
  return [accepted === counted ? 'OK  counted = accepted, and every viewer got every packet it was connected for.' : 'OK  counted is within what was accepted and what had no answer.', ...notes]
}
