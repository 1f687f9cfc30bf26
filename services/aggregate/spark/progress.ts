/** The parts of Spark's batch progress that we use. */
export interface BatchProgress {
  batchId: number
  batchMs: number
  rows: number
  rowsPerSecond: number
  /** Records in Kafka beyond the batch. */
  lagRecords: number
  /** Rows dropped because they were behind the watermark. With the log's own time there are none. */
  lateRows: number
  repeats: number
  stateRows: number
  stateBytes: number
  /** Rows written to the sink. */
  written: number
}

/** Parses Spark's progress JSON. Missing values count as 0: versions of Spark differ. */
export function parseProgress(json: string): BatchProgress {
  const { batchId, durationMs, sources = [], stateOperators = [], sink } = JSON.parse(json) as RawProgress
  const sum = <T>(items: T[], value: (item: T) => unknown): number =>
    items.reduce((total, item) => total + (Number(value(item)) || 0), 0)
  return {
    batchId,
    batchMs: durationMs?.triggerExecution ?? 0,
    rows: sum(sources, (source) => source.numInputRows),
    rowsPerSecond: sum(sources, (source) => source.processedRowsPerSecond),
    lagRecords: sum(sources, ({ endOffset, latestOffset }) => offsetsOf(latestOffset) - offsetsOf(endOffset)),
    lateRows: sum(stateOperators, (operator) => operator.numRowsDroppedByWatermark),
    repeats: sum(stateOperators, (operator) => operator.customMetrics?.numDroppedDuplicateRows),
    stateRows: sum(stateOperators, (operator) => operator.numRowsTotal),
    // -1 where a sink does not say.
    written: Math.max(0, sink?.numOutputRows ?? 0),
    stateBytes: sum(stateOperators, (operator) => operator.memoryUsedBytes),
  }
}

/** The sum of a Kafka source's offsets: `{"topic":{"0":12,"1":7}}`, which Spark returns as text or as an object. */
function offsetsOf(offsets: unknown): number {
  const topics = (typeof offsets === 'string' ? JSON.parse(offsets) : (offsets ?? {})) as Record<
    string,
    object
  >
  let total = 0
  for (const partitions of Object.values(topics)) {
    for (const offset of Object.values(partitions)) total += Number(offset) || 0
  }
  return total
}

interface RawProgress {
  batchId: number
  durationMs?: { triggerExecution?: number }
  sources?: {
    numInputRows?: number
    processedRowsPerSecond?: number
    endOffset?: unknown
    latestOffset?: unknown
  }[]
  stateOperators?: {
    numRowsTotal?: number
    numRowsDroppedByWatermark?: number
    memoryUsedBytes?: number
    customMetrics?: { numDroppedDuplicateRows?: number }
  }[]
  sink?: { numOutputRows?: number }
}
