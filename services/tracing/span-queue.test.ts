import { expect, test } from 'bun:test'
import type { ExportResult } from '@opentelemetry/core'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { startTracing } from './open-telemetry.ts'
import { LINKS_MAX } from './tracing.ts'

const CONTEXT = { traceparent: `00-${'4b'.repeat(16)}-${'f0'.repeat(8)}-01` }

/** A collector that keeps each export until the test lets it go. */
function held() {
  const exports: { spans: ReadableSpan[]; done: (result: ExportResult) => void }[] = []
  return {
    exports,
    exporter: {
      export: (spans: ReadableSpan[], done: (result: ExportResult) => void) =>
        void exports.push({ spans, done }),
      shutdown: async () => {},
    },
  }
}

const OPTIONS = { service: 'roar-test', version: '0', sample: 1, closeMs: 5 }

test('so many spans wait for the collector, one more is dropped, and each is counted once', () => {
  const { exports, exporter } = held()
  const tracing = startTracing({ ...OPTIONS, exporter, waitingMax: 4 })
  for (let i = 0; i < 10; i++) tracing.follow('work', [CONTEXT])!.end()
  expect(tracing.counters).toEqual({ exported: 0, failed: 0, dropped: 6, limited: 0 })
  exports.shift()!.done({ code: 0 })
  for (let i = 0; i < 4; i++) tracing.follow('work', [CONTEXT])!.end()
  expect(tracing.counters).toEqual({ exported: 4, failed: 0, dropped: 6, limited: 0 })
})

test('closing does not wait for a collector that hangs', async () => {
  const { exporter } = held()
  const tracing = startTracing({ ...OPTIONS, exporter })
  tracing.follow('work', [CONTEXT])!.end()
  await tracing.close()
  expect(tracing.counters.exported).toBe(0)
})

test('whoever asks for traces without end gets so many a second, and the rest is counted', () => {
  let now = 1_000_000
  const tracing = startTracing({ ...OPTIONS, exporter: held().exporter, now: () => now })
  const begun = () =>
    Array.from({ length: 1000 }, () => tracing.request('GET /', CONTEXT)).filter(Boolean).length
  expect(begun()).toBe(200)
  now += 500
  expect(begun()).toBe(100)
  expect(tracing.counters.limited).toBe(1700)
})

test('the share of requests that begin a trace is the setting, and one that comes with a trace follows it', () => {
  let dice = 0
  const tracing = startTracing({
    ...OPTIONS,
    sample: 0.25,
    exporter: held().exporter,
    random() {
      dice += 0.01
      return dice % 1
    },
  })
  const begun = Array.from({ length: 100 }, () => tracing.request('GET /', undefined)).filter(Boolean)
  expect(begun.length).toBeGreaterThanOrEqual(24)
  expect(begun.length).toBeLessThanOrEqual(26)
  const unsampled = { traceparent: CONTEXT.traceparent.replace(/01$/, '00') }
  expect(Array.from({ length: 100 }, () => tracing.request('GET /', unsampled)).filter(Boolean)).toEqual([])
})

test('work for many traces is the child of the first and linked to so many others, each once', () => {
  const { exports, exporter } = held()
  const tracing = startTracing({ ...OPTIONS, exporter, waitingMax: 1 })
  const contexts = Array.from({ length: 100 }, (_, i) => ({
    traceparent: `00-${'4b'.repeat(16)}-${String(i + 1).padStart(16, '0')}-01`,
  }))
  tracing.follow('work', [undefined, ...contexts, ...contexts, { traceparent: 'none' }])!.end()
  const [span] = exports[0]!.spans
  expect(span!.parentSpanContext!.spanId).toBe('0000000000000001')
  expect(span!.links).toHaveLength(LINKS_MAX)
  expect(tracing.follow('work', [undefined, { traceparent: 'none' }])).toBeUndefined()
})
