import {
  type BaseOptions,
  ConnectionPool,
  Consumer,
  fetchV17,
  ListOffsetTimestamps,
} from '@platformatic/kafka'
import { cutIn } from './rows.ts'
import { type AuditSource, type LogRow, ROWS_AT_ONCE } from './source.ts'
import { openTables } from './tables.ts'

/** Size of one response, and how long Kafka may wait for its first bytes. */
const FETCH_BYTES = 4 * 2 ** 20
const FETCH_WAIT_MS = 1_000
/** Attribute of a batch whose timestamp is the broker's, not the producer's. */
const APPEND_TIME = 8
/** Empty responses in a row before the audit gives up. */
const EMPTY_MAX = 30

/**
 * Reads a cluster's topics from Kafka, one partition after another, and its store. It speaks to Kafka itself and uses none of the
 * roles' reading code.
 */
export function openCluster({
  kafka,
  topicPrefix,
  store,
}: {
  kafka: BaseOptions
  topicPrefix: string
  store: string
}): AuditSource & { close(): Promise<void> } {
  const tables = openTables(store)
  const client = new Consumer({ ...kafka, groupId: 'audit' })
  const connections = new ConnectionPool('audit', kafka)

  async function* partitionRows(topic: string, partition: number): AsyncIterable<LogRow> {
    const at = async (timestamp: bigint) =>
      (await client.listOffsets({ topics: [topic], timestamp })).get(topic)![partition]!
    const end = await at(ListOffsetTimestamps.LATEST)
    let next = await at(ListOffsetTimestamps.EARLIEST)
    for (let empty = 0; next < end; ) {
      if (empty++ > EMPTY_MAX) throw new Error(`Kafka has not sent ${topic} ${partition}:${next}`)
      const { topics, brokers } = await client.metadata({ topics: [topic] })
      const { id, partitions } = topics.get(topic)!
      const connection = await connections.get(brokers.get(partitions[partition]!.leader)!)
      const wanted = {
        partition,
        fetchOffset: next,
        partitionMaxBytes: FETCH_BYTES,
        currentLeaderEpoch: -1,
        lastFetchedEpoch: -1,
      }
      // 0, -1: no session.
      const { responses } = await fetchV17.api.async(
        connection,
        FETCH_WAIT_MS,
        1,
        FETCH_BYTES,
        0,
        0,
        -1,
        [{ topicId: id, partitions: [wanted] }],
        [],
        '',
      )
      for (const batch of responses[0]?.partitions[0]?.records ?? []) {
        for (const { offsetDelta, key, value } of batch.records) {
          const offset = batch.firstOffset + BigInt(offsetDelta)
          if (offset < next || offset >= end) continue
          yield {
            partition,
            offset: Number(offset),
            key: key === null ? null : key.toString(),
            value: value ?? new Uint8Array(),
            ...((batch.attributes & APPEND_TIME) !== 0 && { timestampMs: Number(batch.maxTimestamp) }),
          }
        }
        next = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
        empty = 0
      }
    }
  }

  /** The cuts that define the order in the tree of ballots from several partitions. */
  async function cutsOf(topic: string): Promise<number[][]> {
    const cuts: number[][] = []
    for await (const { value } of partitionRows(topic, 0)) {
      const cut = cutIn(value)
      const goesOn = (cuts.at(-1) ?? []).every((end, i) => end <= (cut?.ends[i] ?? -1))
      const grows = cut?.ends.some((end, i) => end > (cuts.at(-1)?.[i] ?? 0))
      if (cut && goesOn && grows) cuts.push(cut.ends)
    }
    return cuts
  }

  return {
    ...tables,
    embedded: false,
    async *rows(name) {
      const topic = `${topicPrefix}${name}`
      const { topics } = await client.metadata({ topics: [topic] })
      const partitions = [...topics.get(topic)!.partitions.keys()].map((partition) =>
        partitionRows(topic, partition),
      )
      const cuts = name === 'ballots' && partitions.length > 1 ? await cutsOf(`${topicPrefix}cuts`) : []
      yield* together(inOrder(partitions, cuts))
    },
    async close() {
      await Promise.all([client.close(), connections.close(), tables.close()])
    },
  }
}

async function* together(rows: AsyncIterable<LogRow>): AsyncGenerator<LogRow[]> {
  let some: LogRow[] = []
  for await (const row of rows) {
    some.push(row)
    if (some.length < ROWS_AT_ONCE) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}

/** Yields, for each cut, every partition up to that cut in turn, then whatever no cut covers yet. */
async function* inOrder(partitions: AsyncIterable<LogRow>[], cuts: number[][]): AsyncGenerator<LogRow> {
  const rows = partitions.map((partition) => partition[Symbol.asyncIterator]())
  const next = await Promise.all(rows.map((row) => row.next()))
  for (const ends of [...cuts, []]) {
    for (const [partition, row] of rows.entries()) {
      const end = ends[partition] ?? (ends.length === 0 ? Number.POSITIVE_INFINITY : 0)
      while (!next[partition]!.done && next[partition]!.value.offset < end) {
        yield next[partition]!.value
        next[partition] = await row.next()
      }
    }
  }
}
