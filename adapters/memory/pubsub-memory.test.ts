import { expect, test } from 'bun:test'
import { pubSubContract } from '../pubsub/pubsub.contract.ts'
import type { Message } from '../pubsub/pubsub.ts'
import { memoryPubSub } from './pubsub-memory.ts'

pubSubContract('in memory', async () => ({
  async open() {
    const pubsub = memoryPubSub()
    return { near: pubsub, far: pubsub }
  },
}))

const message = (topic: string, retain = false): Message => ({ topic, payload: Uint8Array.of(1), retain })

test('a listener that throws is reported, and the others still hear', () => {
  const faults: unknown[] = []
  const pubsub = memoryPubSub({ onFault: (cause) => faults.push(cause) })
  const heard: string[] = []
  pubsub.subscribe('a', () => {
    throw new Error('broken listener')
  })
  pubsub.subscribe('a', ({ topic }) => heard.push(topic))
  pubsub.publish(message('a'))
  expect(heard).toEqual(['a'])
  expect(faults).toEqual([new Error('broken listener')])
})

test('a message published by a listener comes after the one it answers, for everybody', () => {
  const pubsub = memoryPubSub()
  const heard: string[] = []
  pubsub.subscribe('question', () => pubsub.publish(message('answer')))
  pubsub.subscribe('#', ({ topic }) => heard.push(topic))
  pubsub.publish(message('question'))
  expect(heard).toEqual(['question', 'answer'])
})

test('at the bound a new topic is delivered and not kept, and a known one stays up to date', () => {
  const pubsub = memoryPubSub({ retainedMax: 1 })
  const heard: string[] = []
  pubsub.subscribe('#', ({ topic }) => heard.push(topic))
  pubsub.publish(message('a', true))
  pubsub.publish(message('b', true))
  pubsub.publish({ ...message('a', true), payload: Uint8Array.of(2) })
  const late: Message[] = []
  pubsub.subscribe('#', (kept) => late.push(kept))
  expect(heard).toEqual(['a', 'b', 'a'])
  expect(late.map(({ topic, payload }) => [topic, ...payload])).toEqual([['a', 2]])
})
