import { ConnectionPool, Consumer, fetchV17, ListOffsetTimestamps } from '@platformatic/kafka'
import { RoarError } from '../../protocol/errors.ts'
import type { StoredRecord } from '../log/log.ts'
import { askForTopics, clientOptions, closeClient, type KafkaAddress, reasonOf } from './connection.ts'
import { decodeFetch, PARTITION_BYTES_MAX, partitionFrom } from './fetch.ts'

/** Usual size of a record: determines how much to request if few are wanted. */
const RECORD_BYTES = 1024

/** Nobody writes transactions. */
const READ_UNCOMMITTED = 0
/** No fetch session: the broker keeps no state. The client's own fetch has one, for followers. */
const NO_SESSION = [0, -1] as const

/** The connection that requests use. */
interface Link {
  client: Consumer
  connections: ConnectionPool
  underWay: Set<Promise<unknown>>
}

/** Reads records by offset, over connections opened on first use and reopened after a failure. */
export class KafkaHistory {
  readonly #address: KafkaAddress
  readonly #timeoutMs: number
  /**
   * Further records that the last request for several brought, by topic and partition. Kafka returns whole batches, so reading a
   * log from its start would otherwise fetch and unpack each of them several times.
   */
  readonly #rest = new Map<string, StoredRecord[]>()
  #link: Link | undefined
  #closed = false

  constructor(address: KafkaAddress, { timeoutMs }: { timeoutMs: number }) {
    this.#address = address
    this.#timeoutMs = timeoutMs
  }

  /** Records from `offset` on, or from the oldest that is kept. @throws RoarError log_unavailable */
  async read(
    topic: string,
    place: { partition: number; offset: number },
    count: number,
  ): Promise<StoredRecord[]> {
    const name = `${topic}/${place.partition}`
    const rest = this.#rest.get(name)
    const known = rest?.[0]?.offset === place.offset ? rest : undefined
    const records = known ?? (await this.#fetch(topic, place, count))
    if (count > 1) this.#rest.set(name, records.slice(count))
    return records.slice(0, count)
  }

  /** Fetches `count` records, and whatever comes with them. */
  #fetch(
    topic: string,
    { partition, offset }: { partition: number; offset: number },
    count: number,
  ): Promise<StoredRecord[]> {
    return this.#ask(async ({ client, connections }) => {
      const { topics, brokers } = await askForTopics(client, [topic])
      const { id, partitions } = topics.get(topic)!
      if (partition >= partitions.length) return []
      const leader = brokers.get(partitions[partition]?.leader ?? -1)
      // There may be records: who reads must not hear that there are none.
      if (leader === undefined) throw new Error(`${topic}/${partition} has no leader at the moment`)
      const connection = await connections.get(leader)
      const bytes = Math.min(PARTITION_BYTES_MAX, count * RECORD_BYTES)
      const fetch = async (from: bigint): Promise<StoredRecord[]> => {
        const wanted = [{ topicId: id, partitions: [partitionFrom(partition, from, bytes)] }]
        const response = await fetchV17.api.async(
          connection,
          0,
          0,
          bytes,
          READ_UNCOMMITTED,
          ...NO_SESSION,
          wanted,
          [],
          '',
        )
        return decodeFetch(response, new Map([[partition, from]])).records
      }
      try {
        return await fetch(BigInt(offset))
      } catch (cause) {
        // Kafka refuses offsets before the oldest and after the newest record; any other failure is rethrown.
        const [first, end] = await this.#bounds(client, topic, partition)
        if (offset >= end) return []
        if (offset < first) return fetch(BigInt(first))
        throw cause
      }
    })
  }

  async ends(topic: string): Promise<number[]> {
    return this.#ask(async ({ client }) => {
      const ends = await client.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST })
      return ends.get(topic)!.map(Number)
    })
  }

  async #bounds(client: Consumer, topic: string, partition: number): Promise<[first: number, end: number]> {
    const at = async (timestamp: bigint) =>
      Number((await client.listOffsets({ topics: [topic], timestamp })).get(topic)![partition])
    return [await at(ListOffsetTimestamps.EARLIEST), await at(ListOffsetTimestamps.LATEST)]
  }

  async #ask<T>(question: (link: Link) => Promise<T>): Promise<T> {
    if (this.#closed) throw new RoarError('log_unavailable', 'the log is closed')
    this.#link ??= this.#connect()
    const link = this.#link
    const underWay = question(link)
    link.underWay.add(underWay)
    try {
      return await underWay
    } catch (cause) {
      if (this.#link === link) this.#renew(link)
      throw new RoarError('log_unavailable', `Kafka cannot be read: ${reasonOf(cause)}`, { cause })
    } finally {
      link.underWay.delete(underWay)
    }
  }

  /** The next request gets a new connection; others' on this one end first, each within its limit. */
  #renew(link: Link): void {
    this.#link = undefined
    void Promise.allSettled(link.underWay).then(() => closeLink(link))
  }

  #connect(): Link {
    const options = clientOptions(this.#address, this.#timeoutMs)
    return {
      client: new Consumer({ ...options, groupId: 'none' }),
      connections: new ConnectionPool('roar', options),
      underWay: new Set(),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#link !== undefined) await closeLink(this.#link)
  }
}

async function closeLink({ client, connections }: Link): Promise<void> {
  await Promise.all([closeClient(client), closeClient(connections)])
}
