import type { Summary } from './histogram.ts'
import { whole, wholes } from './verdict.ts'
import type { VotesOptions, VotesProgress, VotesResult } from './votes.ts'

/** What a run prints: a line per second, a table at the end. */

export const votesHeadline = ({
  url,
  others = [],
  show,
  viewers,
  rate,
  seconds,
  seed,
}: VotesOptions): string =>
  `${wholes(viewers, 'viewer')} of "${show}" at ${[url, ...others].join(', ')} vote, ${rate === undefined ? 'each after the other' : `${whole(rate)}/s`} for at most ${seconds} s, seed ${seed}`

export const VOTES_LIVE_HEAD = '   time        sent    receipts     waiting    p50      p99'

export const votesLiveLine = ({ elapsedS, sent, receipts, waiting, voteMs }: VotesProgress): string =>
  [
    `${elapsedS.toFixed(0)} s`.padStart(7),
    whole(sent).padStart(11),
    whole(receipts).padStart(11),
    whole(waiting).padStart(11),
    `${ms(voteMs, 'p50')} ms`.padStart(9),
    `${ms(voteMs, 'p99')} ms`.padStart(9),
  ].join(' ')

const TIMES = ['p50', 'p90', 'p99', 'max'] as const
const ms = (summary: Summary, name: (typeof TIMES)[number]): string =>
  summary.count === 0 ? '-' : summary[name].toFixed(1)

const line = (name: string, value: string, remark = ''): string =>
  `${name.padEnd(26)}${value.padStart(14)}  ${remark}`.trimEnd()
const times = (name: string, summary: Summary): string =>
  `${name.padEnd(26)}${TIMES.map((time) => ms(summary, time).padStart(10)).join('')}`

export function votesTable(result: VotesResult): string {
  const { refused, retries, verdict, lagMs } = result
  return [
    line('viewers who voted', whole(result.viewers), `poll ${result.poll}, seed ${result.seed}`),
    line('receipts', whole(result.receipts), `${whole(result.receiptsPerSecond)} a second, first to last`),
    line(
      'voted twice',
      whole(result.twice),
      result.slips === 0 ? '' : `${whole(result.slips)} have two ballots in the log, and count once`,
    ),
    line('cut and asked again', whole(result.cut)),
    ...Object.entries(refused).map(([code, viewers]) => line(`refused: ${code}`, whole(viewers))),
    line('no answer', whole(result.unanswered)),
    ...Object.entries(retries).map(([why, times]) => line('asked again', whole(times), why)),
    line(
      'counted',
      whole(result.counted),
      Object.entries(result.result)
        .map(([c, n]) => `${c} ${whole(n)}`)
        .join(', '),
    ),
    line(
      'proofs verified',
      whole(result.proofs),
      `of ${wholes(result.ballots, 'ballot')} in the certificate`,
    ),
    '',
    `${'milliseconds'.padEnd(26)}${TIMES.map((name) => name.padStart(10)).join('')}`,
    times('vote to receipt', result.voteMs),
    times('the second time', result.twiceMs),
    times('cut, then receipt', result.cutMs),
    times('this tool, late', lagMs),
    '',
    ...(verdict.ok ? ['OK  counted = receipts; the poll, the certificate and every proof agree.'] : []),
    ...verdict.faults.map((fault) => `FAULT  ${fault}`),
    ...verdict.notes,
  ].join('\n')
}
