import { afterEach, describe, expect, test } from 'bun:test'
import { type Mosquitto, startMosquitto } from '../../deploy/programs/mosquitto.ts'
import { needs } from '../../test/needs.ts'
import { publishingWhile } from '../pubsub/publishing-while.ts'
import { pubSubContract } from '../pubsub/pubsub.contract.ts'
import type { Message, PubSub } from '../pubsub/pubsub.ts'
import { mqttPubSub } from './pubsub-mqtt.ts'

const here = needs('mosquitto')
const message = (topic: string, payload: string, retain = false): Message => ({
  topic,
  payload: new TextEncoder().encode(payload),
  retain,
})

const reaches = (pubsub: PubSub, wanted: 'up' | 'down'): Promise<void> =>
  new Promise((resolve) => {
    if (pubsub.state() === wanted) return resolve()
    const forget = pubsub.onState((state) => {
      if (state !== wanted) return
      forget()
      resolve()
    })
  })

if (here) {
  const brokers: Mosquitto[] = []
  pubSubContract('over Mosquitto', async () => ({
    async open() {
      const broker = await startMosquitto()
      brokers.push(broker)
      return { near: mqttPubSub({ url: broker.url }), far: mqttPubSub({ url: broker.url }) }
    },
    async close() {
      await Promise.all(brokers.map((broker) => broker.close()))
    },
  }))
}

describe.skipIf(!here)('when the broker goes away', () => {
  let broker: Mosquitto
  const open: PubSub[] = []
  const connect = async () => {
    broker = await startMosquitto()
    const pubsub = mqttPubSub({ url: broker.url, random: () => 0.01, closeMs: 200 })
    open.push(pubsub)
    await reaches(pubsub, 'up')
    return pubsub
  }
  afterEach(async () => {
    await Promise.all(open.splice(0).map((pubsub) => pubsub.close()))
    await broker.close()
  })

  test('the newest retained message of each topic waits, others are dropped and counted', async () => {
    const pubsub = await connect()
    await broker.kill()
    await reaches(pubsub, 'down')
    pubsub.publish(message('roar/final/mood', 'old', true))
    pubsub.publish(message('roar/final/mood', 'new', true))
    pubsub.publish(message('roar/final/show', '7', true))
    pubsub.publish(message('roar/final/feed', 'lost'))
    expect(pubsub.counters()).toEqual({ dropped: 1, waiting: 2 })
    await broker.restart()
    const heard: string[] = []
    const both = Promise.withResolvers<void>()
    pubsub.subscribe('roar/final/#', ({ topic, payload }) => {
      if (heard.push(`${topic} ${new TextDecoder().decode(payload)}`) === 2) both.resolve()
    })
    await both.promise
    expect(heard.toSorted()).toEqual(['roar/final/mood new', 'roar/final/show 7'])
    expect(pubsub.counters()).toEqual({ dropped: 1, waiting: 0 })
  })

  test('a topic that a broker would cut us for is dropped and counted, and every other packet goes on', async () => {
    const pubsub = await connect()
    const states: string[] = []
    pubsub.onState((state) => states.push(state))
    const heard = Promise.withResolvers<string>()
    pubsub.subscribe('roar/final/mood', ({ topic }) => heard.resolve(topic))
    await reaches(pubsub, 'up')
    for (const bad of [
      'roar/final\n/mood',
      'roar/#/mood',
      'roar/\u0085/mood',
      'roar/\ufffe/mood',
      '\ud800',
      '',
    ]) {
      pubsub.publish(message(bad, 'x', true))
    }
    pubsub.publish(message('roar/final/mood', 'good', true))
    expect(await heard.promise).toBe('roar/final/mood')
    expect(pubsub.counters()).toEqual({ dropped: 6, waiting: 0 })
    expect(states.filter((state, i) => i > 1 && state === 'down')).toEqual([])
  })

  test('what the broker did not acknowledge before it went is sent again, unless there is newer', async () => {
    const pubsub = await connect()
    broker.freeze()
    pubsub.publish(message('roar/final/mood', 'outdated', true))
    pubsub.publish(message('roar/final/mood', 'newest', true))
    pubsub.publish(message('roar/final/show', '7', true))
    await broker.kill()
    await reaches(pubsub, 'down')
    await broker.restart()
    const heard: string[] = []
    const both = Promise.withResolvers<void>()
    pubsub.subscribe('roar/final/#', ({ topic, payload }) => {
      if (heard.push(`${topic} ${new TextDecoder().decode(payload)}`) === 2) both.resolve()
    })
    await both.promise
    expect(heard.toSorted()).toEqual(['roar/final/mood newest', 'roar/final/show 7'])
  })

  test('of a publisher that others may replace nothing is kept for a broker that is unreachable: it publishes again', async () => {
    const pubsub = await connect()
    const ours = publishingWhile(pubsub, { isCurrent: () => true, onAgain: () => () => {} })
    broker.freeze()
    ours.publish(message('roar/final/mood', 'outdated', true))
    pubsub.publish(message('roar/final/show', '7', true))
    await broker.kill()
    await reaches(pubsub, 'down')
    ours.publish(message('roar/final/viewers', 'outdated', true))
    await broker.restart()
    const heard: string[] = []
    const last = Promise.withResolvers<void>()
    pubsub.subscribe('roar/final/#', ({ topic, payload }) => {
      heard.push(`${topic} ${new TextDecoder().decode(payload)}`)
      if (topic.endsWith('/last')) last.resolve()
    })
    await reaches(pubsub, 'up')
    ours.publish(message('roar/final/last', '1', true))
    await last.promise
    expect(heard.toSorted()).toEqual(['roar/final/last 1', 'roar/final/show 7'])
    expect(pubsub.counters()).toEqual({ dropped: 0, waiting: 0 })
  })

  test('of a publisher that another has replaced nothing is sent that had to wait for a slow broker', async () => {
    broker = await startMosquitto()
    const pubsub = mqttPubSub({ url: broker.url, unacknowledgedMax: 1 })
    open.push(pubsub)
    await reaches(pubsub, 'up')
    let isOurs = true
    const ours = publishingWhile(pubsub, { isCurrent: () => isOurs, onAgain: () => () => {} })
    broker.freeze()
    pubsub.publish(message('roar/final/first', '1', true))
    ours.publish(message('roar/final/mood', 'outdated', true))
    pubsub.publish(message('roar/final/last', '1', true))
    isOurs = false
    broker.thaw()
    const heard: string[] = []
    const last = Promise.withResolvers<void>()
    pubsub.subscribe('roar/final/#', ({ topic }) => {
      heard.push(topic)
      if (topic.endsWith('/last')) last.resolve()
    })
    await last.promise
    expect(heard.toSorted()).toEqual(['roar/final/first', 'roar/final/last'])
    expect(pubsub.counters()).toEqual({ dropped: 1, waiting: 0 })
  })

  test('behind a message that was lost, a newer one of its topic is the one that is sent', async () => {
    broker = await startMosquitto()
    const pubsub = mqttPubSub({ url: broker.url, random: () => 0.01, unacknowledgedMax: 1 })
    open.push(pubsub)
    await reaches(pubsub, 'up')
    broker.freeze()
    pubsub.publish(message('roar/final/mood', 'lost', true))
    pubsub.publish(message('roar/final/mood', 'newer', true))
    await broker.kill()
    await reaches(pubsub, 'down')
    await broker.restart()
    const heard = await new Promise<string>((resolve) => {
      pubsub.subscribe('roar/final/mood', ({ payload }) => resolve(new TextDecoder().decode(payload)))
    })
    expect(heard).toBe('newer')
  })

  test('a broker that acknowledges nothing makes retained messages wait and others drop, at the bound', async () => {
    broker = await startMosquitto()
    const pubsub = mqttPubSub({ url: broker.url, unacknowledgedMax: 2, waitingMax: 1, closeMs: 0 })
    open.push(pubsub)
    await reaches(pubsub, 'up')
    broker.freeze()
    for (const payload of ['1', '2', '3']) pubsub.publish(message('roar/final/feed', payload))
    for (const payload of ['4', '5']) pubsub.publish(message('roar/final/mood', payload, true))
    pubsub.publish(message('roar/final/show', 'over the bound', true))
    expect(pubsub.counters()).toEqual({ dropped: 2, waiting: 1 })
    await broker.kill()
  })

  test('close waits for a broker that comes back in time', async () => {
    broker = await startMosquitto()
    const pubsub = mqttPubSub({ url: broker.url, random: () => 0.01 })
    await reaches(pubsub, 'up')
    await broker.kill()
    await reaches(pubsub, 'down')
    pubsub.publish(message('roar/final/mood', 'the last', true))
    const closed = pubsub.close()
    await broker.restart()
    await closed
    const later = mqttPubSub({ url: broker.url })
    open.push(later)
    const heard = await new Promise<string>((resolve) => {
      later.subscribe('roar/final/mood', ({ payload }) => resolve(new TextDecoder().decode(payload)))
    })
    expect(heard).toBe('the last')
  })

  test('a filter that the broker refuses is told, and it never comes up', async () => {
    const { startEdge } = await import('../../services/edge/edge-fixture.ts')
    const edge = startEdge()
    const fault = Promise.withResolvers<unknown>()
    const pubsub = mqttPubSub({ url: edge.webSocketUrl, onFault: fault.resolve })
    await reaches(pubsub, 'up')
    pubsub.subscribe('#', () => {})
    expect(await fault.promise).toBeDefined()
    expect(pubsub.state()).toBe('down')
    await pubsub.close()
    await edge.close()
    broker = await startMosquitto()
  })

  test('a listener hears again once the broker is back', async () => {
    const pubsub = await connect()
    const heard: string[] = []
    const second = Promise.withResolvers<void>()
    pubsub.subscribe('roar/final/feed', ({ payload }) => {
      heard.push(new TextDecoder().decode(payload))
      if (heard.at(-1) === 'after') second.resolve()
    })
    await reaches(pubsub, 'up')
    await broker.kill()
    await reaches(pubsub, 'down')
    await broker.restart()
    await reaches(pubsub, 'up')
    pubsub.publish(message('roar/final/feed', 'after'))
    await second.promise
    expect(heard).toEqual(['after'])
  })

  test('close gives up on a broker that does not come back', async () => {
    const pubsub = await connect()
    await broker.kill()
    await reaches(pubsub, 'down')
    pubsub.publish(message('roar/final/mood', 'waits', true))
    await pubsub.close()
    expect(pubsub.counters().waiting).toBe(1)
  })
})
