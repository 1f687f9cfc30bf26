import { expect, test } from 'bun:test'
import pino from 'pino'
import { Histogram } from '../measure/histogram.ts'
import { logCounters } from './counters-log.ts'
import type { Metric } from './operator.ts'

test('the last line of a process has what it did, and nothing of what it did not', () => {
  const lines: string[] = []
  const logger = pino({ base: null }, { write: (line: string) => void lines.push(line) })
  const metric = (name: string, type: 'counter' | 'gauge', read: () => unknown) =>
    ({ name: `roar_${name}`, help: '', type, read }) as Metric
  const sample = (value: number, ...labels: string[]) => ({ value, labels: { ...labels } })
  const stop = logCounters(
    [
      metric('bursts_total', 'counter', () => 7),
      metric('posts_total', 'counter', () => 0),
      metric('problems_total', 'counter', () => ({ stale: 0, not_found: 2 })),
      metric('refused_total', 'counter', () => ({ busy: 0 })),
      metric('requests_total', 'counter', () => [sample(3, 'GET', '200'), sample(4, 'POST', '202')]),
      metric('part_state', 'gauge', () => [sample(1, 'log', 'working'), sample(0, 'log', 'failed')]),
      {
        name: 'roar_append_seconds',
        help: '',
        type: 'histogram',
        read: () => [{ labels: {}, ...new Histogram().read() }],
      },
    ],
    logger,
  )
  stop()
  const { level: _, time: __, ...said } = JSON.parse(lines[0]!)
  expect(said).toEqual({
    bursts_total: 7,
    problems_total: { not_found: 2 },
    requests_total: 7,
    msg: 'counters',
  })
})
