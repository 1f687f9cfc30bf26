import { Admin, type BaseOptions } from '@platformatic/kafka'
import { closeClient } from './connection.ts'

/** How far a group has read a partition. */
export interface Committed {
  /** The next offset; negative: none was committed. */
  offset: bigint
  /** The leader epoch of the batch before it; negative: unknown. */
  epoch: number
}

export const NOWHERE: Committed = { offset: -1n, epoch: -1 }

/** What a group has committed, by partition. The consumer's own question leaves the epoch out. */
export async function committedPlaces(
  client: BaseOptions,
  { group, topic, partitions }: { group: string; topic: string; partitions: number[] },
): Promise<Map<number, Committed>> {
  const admin = new Admin(client)
  try {
    const groups = await admin.listConsumerGroupOffsets({
      groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: partitions }] }],
    })
    const found = groups.flatMap(({ topics }) => topics).flatMap((each) => each.partitions)
    return new Map(
      found.map(({ partitionIndex, committedOffset, committedLeaderEpoch }) => [
        partitionIndex,
        { offset: committedOffset, epoch: committedLeaderEpoch },
      ]),
    )
  } finally {
    await closeClient(admin)
  }
}
