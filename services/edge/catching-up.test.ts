import { afterAll, beforeEach, expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { REASON } from '../../protocol/mqtt/wire.ts'
import { showTopic, TREE_TOPIC } from '../../protocol/topics.ts'
import { hubRig } from '../../test/edge/hub-rig.ts'
import { startHttp } from '../http/server.ts'
import { createEdge } from './edge.ts'
import { startEdge } from './edge-fixture.ts'
import { newEdgeId } from './relay.ts'

let isInStep = false
const edge = startEdge({ isInStep: () => isInStep })
beforeEach(() => (isInStep = false))
afterAll(() => edge.close())

test.each(['mood', 'feed', 'events'])(
  '%s of a show that an edge has not heard of is to be asked for again, and is not there once the edge knows all',
  async (what) => {
    const ask = () => fetch(`${edge.url}/v1/shows/derby/${what}`)
    const early = await ask()
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await early.json()).toMatchObject({ code: 'catching_up' })
    isInStep = true
    const late = await ask()
    expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([404, 'unknown_show'])
    isInStep = false
    const known = await fetch(`${edge.url}/v1/shows/final/${what}`)
    expect(known.status).toBe(200)
    await known.body?.cancel()
    // No show has such a name: there is nothing to wait for.
    expect((await fetch(`${edge.url}/v1/shows/NONE/${what}`)).status).toBe(404)
  },
)

test('over MQTT a viewer waits for a show that the edge has not heard of, until the edge knows that there is none', () => {
  const { connected } = hubRig({ isInStep: () => isInStep })
  const answered = () => {
    const viewer = connected(5)
    viewer.subscribe('roar/derby/mood')
    return viewer.heard()
  }
  expect(answered()).toEqual(['suback 0'])
  isInStep = true
  expect(answered()).toEqual([`suback ${REASON.topicFilterInvalid}`])
})

test('an edge below others that has heard of no show yet does not say that there is none: who makes the shows may start later', async () => {
  const pubsub: PubSub = {
    ...memoryPubSub(),
    leave() {},
    onState(listener) {
      listener('up')
      return () => {}
    },
  }
  const below = createEdge({ pubsub, clock: systemClock, windowMs: 250 })
  below.start()
  const say = (topic: string, payload: object) =>
    pubsub.publish({ topic, payload: new TextEncoder().encode(JSON.stringify(payload)), retain: true })
  const server = startHttp({
    ...{ host: '127.0.0.1', port: 0, logger: pino({ level: 'silent' }) },
    ...{ routes: below.routes, websocket: below.websocket },
  })
  const ask = async () => (await fetch(`${server.url}/v1/shows/derby/mood`)).status
  const root = newEdgeId()
  const pulse = (n: number) => say(TREE_TOPIC, { n, path: [root] })
  for (const n of [1, 2, 2]) pulse(n)
  expect(await ask()).toBe(503)
  say(showTopic('final'), { version: 1 })
  expect(await ask()).toBe(404)
  await below.close()
  await server.close()
  await pubsub.close()
})
