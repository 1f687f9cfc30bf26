import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { SegmentMood } from '../../protocol/counts.ts'
import { encodeMood, type FeedPacket, type RoomPacket, type ShowPacket } from '../../protocol/packets.ts'
import { runInPacket } from '../../protocol/runs.ts'
import type { Show } from '../../protocol/show.ts'
import { feedTopic, moodTopic, roomTopic, showTopic } from '../../protocol/topics.ts'

const bytes = new TextEncoder()
const encode = (packet: object): Uint8Array => bytes.encode(JSON.stringify(packet))

export function publishMoods(pubsub: PubSub, show: string, moods: SegmentMood[]): void {
  for (const { segment, packet } of moods) {
    pubsub.publish({
      topic: moodTopic(show, segment),
      payload: bytes.encode(encodeMood(packet)),
      retain: true,
    })
  }
}

export const publishFeed = (pubsub: PubSub, show: string, packet: FeedPacket): void =>
  pubsub.publish({ topic: feedTopic(show), payload: encode(packet), retain: false })

export const publishRoom = (pubsub: PubSub, show: string, channel: string, packet: RoomPacket): void =>
  pubsub.publish({ topic: roomTopic(show, channel), payload: encode(packet), retain: false })

export function publishShow(pubsub: PubSub, show: Show): void {
  const packet: ShowPacket = { version: show.version, ...runInPacket(show) }
  pubsub.publish({ topic: showTopic(show.show), payload: encode(packet), retain: true })
}
