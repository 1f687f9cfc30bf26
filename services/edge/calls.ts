import * as v from 'valibot'
import { answer, call } from '../http/call/call.ts'
import { eventsInLane, eventsRoute } from './events-route.ts'
import { getFeed } from './feed-route.ts'
import { AUDIENCE, type FallbackContext, getMood, TOKEN_ERRORS } from './mood-route.ts'

const EVENTS = 'event: mood\ndata: {"at":1795349712000,"ms":250,"n":1,"total":1,"top":[["heart",1,1]]}\n\n'

const TOPICS = v.pipe(
  v.string(),
  v.description(
    'What to listen to, at most 64 MQTT filters below roar/{show}/ with commas between them. Without: mood, feed, show, viewers, polls/+ and the mood of `segment`',
  ),
)

const getEvents = call({
  id: 'getEvents',
  method: 'GET',
  path: '/v1/shows/{show}/events',
  tag: 'Shows',
  summary: 'Follow a show with Server-Sent Events',
  description:
    'The MQTT packets, for clients that cannot keep a WebSocket open. An event’s name is the topic without roar/{show}/, its data the payload.',
  who: 'anybody',
  query: { ...AUDIENCE, topics: TOPICS },
  answers: { 200: answer('A stream of events that does not end', v.string(), EVENTS, 'text/event-stream') },
  errors: ['unknown_segment', 'unknown_topic', 'standby', 'overloaded', ...TOKEN_ERRORS],
}).route(eventsRoute)

const connectMqtt = call({
  id: 'connectMqtt',
  method: 'GET',
  path: '/mqtt',
  tag: 'Shows',
  summary: 'Connect by MQTT over WebSocket',
  description:
    'MQTT 3.1.1 and 5, subprotocol `mqtt`. Topics are below roar/{show}/. A client that cannot be served at the moment is upgraded and then closed with 1013 and a reason that says when to retry.',
  who: 'anybody',
  query: { token: AUDIENCE.token },
  answers: { 101: { description: 'The connection speaks MQTT from now on' } },
  errors: [],
}).route(({ upgrade }: FallbackContext) => upgrade)

/** Those that a fast lane answers. */
export const inLane = (context: Parameters<typeof eventsInLane>[1]) => [
  eventsInLane(getEvents.spec.path, context),
]

/** The HTTP calls of an edge. */
export const EDGE_CALLS = [getMood, getFeed, getEvents, connectMqtt]
