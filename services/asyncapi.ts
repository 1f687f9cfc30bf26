import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { feedTopic, moodTopic, pollTopic, roomTopic, showTopic, viewersTopic } from '../protocol/topics.ts'
import { MoodSchema } from './edge/mood-route.ts'
import {
  FeedSchema,
  PollPacketSchema,
  RoomPacketSchema,
  ShowPacketSchema,
  ViewersSchema,
} from './edge/packet-schemas.ts'

type Json = Record<string, unknown>

/** Each topic of a show: what it carries, as its schema, and whether the newest packet is retained. */
const TOPICS: Record<string, { address: string; title: string; schema: v.GenericSchema; retained: boolean }> =
  {
    mood: {
      address: moodTopic('{show}'),
      title: 'The window just closed',
      schema: MoodSchema,
      retained: true,
    },
    segmentMood: {
      address: moodTopic('{show}', '{segment}'),
      title: 'The window just closed, of one segment',
      schema: MoodSchema,
      retained: true,
    },
    feed: {
      address: feedTopic('{show}'),
      title: 'Posts since the last packet, sampled to what a person can read',
      schema: FeedSchema,
      retained: false,
    },
    room: {
      address: roomTopic('{show}', '{channel}'),
      title: 'What happened in a room since its last packet; every post',
      schema: RoomPacketSchema,
      retained: false,
    },
    poll: {
      address: pollTopic('{show}', '{poll}'),
      title: 'A poll’s state and, where they may be seen live, its counts',
      schema: PollPacketSchema,
      retained: true,
    },
    show: {
      address: showTopic('{show}'),
      title: 'The version of the show’s document: fetch it again',
      schema: ShowPacketSchema,
      retained: true,
    },
    viewers: {
      address: viewersTopic('{show}'),
      title: 'Who watches now, about',
      schema: ViewersSchema,
      retained: true,
    },
  }

const schemaOf = (schema: v.GenericSchema): Json => {
  const { $schema: _, ...rest } = toJsonSchema(schema, { errorMode: 'ignore' }) as Json
  return rest
}

const parametersIn = (address: string): Json =>
  Object.fromEntries(
    Array.from(address.matchAll(/\{(\w+)\}/g), ([, name]) => [name, { description: `The ${name}’s id` }]),
  )

/** `/asyncapi.json` (AsyncAPI 3.0): what is published about a show, over MQTT and as Server-Sent Events. */
export function asyncapi(): Json {
  const topics = Object.entries(TOPICS)
  const channels = topics.map(([name, { address, title, retained }]) => [
    name,
    {
      address,
      title,
      description: retained
        ? 'Retained: who subscribes gets the newest packet at once. A packet may come twice.'
        : 'Not retained.',
      parameters: parametersIn(address),
      messages: { [name]: { $ref: `#/components/messages/${name}` } },
    },
  ])
  const messages = topics.map(([name, { title, schema, retained }]) => [
    name,
    {
      title,
      contentType: 'application/json',
      payload: schemaOf(schema),
      'x-retained': retained,
    },
  ])
  const operations = topics.map(([name, { title }]) => [
    `publish${name[0]!.toUpperCase()}${name.slice(1)}`,
    { action: 'send', title, channel: { $ref: `#/channels/${name}` } },
  ])
  const server = (protocol: string, pathname?: string) => ({
    host: '{host}',
    protocol,
    protocolVersion: '3.1.1, 5',
    ...(pathname && { pathname }),
    variables: { host: { description: 'As the show’s document names it, under pubsub' } },
  })
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Roar',
      version: '1',
      description:
        'Viewers only subscribe. The same packets come as Server-Sent Events from `/v1/shows/{show}/events`, where an event’s name is the topic without `roar/{show}/`. What is sent to Roar is in `/openapi.json`.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { websocket: server('wss', '/mqtt'), tcp: server('secure-mqtt') },
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(operations),
    components: { messages: Object.fromEntries(messages) },
  }
}
