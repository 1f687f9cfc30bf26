import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import type { TracingCounters } from './tracing.ts'

/** Spans waiting for the collector, or being sent: one more is dropped, and counted. */
const WAITING_MAX = 2048
/** Spans of one export, and how long they wait for more. */
const EXPORT_SPANS = 512
const EXPORT_EVERY_MS = 1000
/** How long an export may take: the next one waits for it. */
const EXPORT_TIMEOUT_MS = 10_000

/**
 * Replaces the library's own queue, which drops spans silently beyond its limit, by one that counts. A collector that hangs costs
 * spans and nothing else.
 */
export function spanQueue(
  exporter: SpanExporter,
  counters: TracingCounters,
  { waitingMax = WAITING_MAX }: { waitingMax?: number } = {},
): SpanProcessor {
  let waiting = 0
  const counted: SpanExporter = {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      let isDone = false
      exporter.export(spans, (result) => {
        if (!isDone) {
          waiting -= spans.length
          counters[result.code === ExportResultCode.SUCCESS ? 'exported' : 'failed'] += spans.length
        }
        isDone = true
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
  }
  const queue = new BatchSpanProcessor(counted, {
    maxQueueSize: waitingMax,
    maxExportBatchSize: Math.min(EXPORT_SPANS, waitingMax),
    scheduledDelayMillis: EXPORT_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return {
    onStart: (span, context) => queue.onStart(span, context),
    onEnd(span) {
      if (waiting >= waitingMax) {
        counters.dropped++
        return
      }
      waiting++
      queue.onEnd(span)
    },
    forceFlush: () => queue.forceFlush(),
    shutdown: () => queue.shutdown(),
  }
}
