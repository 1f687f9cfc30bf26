import type { Consumer } from '@platformatic/kafka'
import type { StoredRecord } from '../log/log.ts'
import { type Committed, NOWHERE } from './committed.ts'
import { traceIn } from './trace-headers.ts'

export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

/** Bytes of one partition in one response. A single larger batch comes whole. */
export const PARTITION_BYTES_MAX = 2 ** 20

const LOG_APPEND_TIME = 0x08
const CONTROL_BATCH = 0x20

/** A partition in a fetch request. @param lastFetchedEpoch Leader epoch of the batch before `fetchOffset`. Default: unknown. */
export const partitionFrom = (
  partition: number,
  fetchOffset: bigint,
  partitionMaxBytes: number,
  lastFetchedEpoch = NOWHERE.epoch,
) => ({ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch: -1, lastFetchedEpoch })

interface Fetched {
  records: StoredRecord[]
  /** The next place in each partition. */
  next: Map<number, Committed>
  /** For partitions whose log lost the batch of the requested epoch: where the log diverges from what was read. */
  diverged: Map<number, Committed>
  /** Whether there was nothing more in any of the partitions. */
  isAtEnd: boolean
}

/**
 * Decodes a fetch response.
 * @param wanted The requested offset, by partition: a batch is sent whole, even if it begins before that.
 */
export function decodeFetch({ responses }: FetchResponse, wanted: ReadonlyMap<number, bigint>): Fetched {
  const records: StoredRecord[] = []
  const next = new Map<number, Committed>()
  const diverged = new Map<number, Committed>()
  let isAtEnd = true
  for (const { partitions } of responses) {
    for (const { partitionIndex: partition, records: batches, divergingEpoch, highWatermark } of partitions) {
      const from = wanted.get(partition)
      if (from === undefined) continue
      if (divergingEpoch !== undefined && divergingEpoch.endOffset >= 0n)
        diverged.set(partition, { offset: divergingEpoch.endOffset, epoch: divergingEpoch.epoch })
      for (const batch of batches ?? []) {
        const offset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
        next.set(partition, { offset, epoch: batch.partitionLeaderEpoch })
        if (batch.attributes & CONTROL_BATCH) continue
        for (const { key, value, offsetDelta, timestampDelta, headers } of batch.records) {
          const offset = batch.firstOffset + BigInt(offsetDelta)
          if (offset < from) continue
          // The broker's append time is in the batch's header; the records keep the producer's time.
          const brokersTime = (batch.attributes & LOG_APPEND_TIME) !== 0
          const timestamp = brokersTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta
          const trace = headers.length === 0 ? undefined : traceIn(headers)
          records.push({
            partition,
            offset: Number(offset),
            timestampMs: Number(timestamp),
            key: key === null ? null : key.toString(),
            value: value ?? new Uint8Array(),
            ...(trace && { trace }),
          })
        }
      }
      if (diverged.has(partition) || (next.get(partition)?.offset ?? from) < highWatermark) isAtEnd = false
    }
  }
  return { records, next, diverged, isAtEnd }
}
