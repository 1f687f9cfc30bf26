import { expect, test } from 'bun:test'
import { needs } from '../needs.ts'
import { startCollector, wayTo } from '../tracing/collector.ts'
import { voteThroughKafka } from '../tracing/vote-through-kafka.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

test.skipIf(!(needs('java') && needs('mvn')))(
  'a trace shows a vote through Kafka and back, to its certificate',
  async () => {
    await using collector = startCollector()
    await voteThroughKafka(collector.url, TRACE, {
      isCounted: () => collector.trace(TRACE, (spans) => spans.some(({ name }) => name === 'read tallies')),
    })
    const spans = await collector.trace(TRACE, (spans) => spans.some(({ name }) => name === 'certify'))
    const request = 'POST /v1/shows/{show}/polls/{poll}/votes'
    expect(wayTo(spans, 'append ballots')).toEqual([request, 'append ballots'])
    expect(wayTo(spans, 'read tallies')).toEqual([request, 'read ballots', 'tally', 'read tallies'])
    expect(wayTo(spans, 'certify')).toEqual([request, 'certify'])
  },
)
