import { afterAll, beforeAll, expect, test } from 'bun:test'
import schema from '@asyncapi/specs/schemas/3.0.0-without-$id.json'
import { Ajv } from 'ajv'
import mqtt from 'mqtt'
import { startRoar, type TestRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'

interface Document {
  channels: Record<string, { address: string }>
  components: { messages: Record<string, { payload: object; 'x-retained': boolean }> }
}

let roar: TestRoar
let document: Document
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
  document = (await (await fetch(`${roar.url}/asyncapi.json`)).json()) as Document
})
afterAll(() => roar.stop())

const post = async (path: string, body: object, token?: string) => {
  const answer = await fetch(`${roar.url}/v1/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  })
  expect(answer.ok).toBe(true)
  return (await answer.json()) as Record<string, string>
}

test('/asyncapi.json is an AsyncAPI 3.0 document by the schema of the standard', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false })
  const check = ajv.compile(schema)
  check(document)
  expect(check.errors).toBe(null)
  expect(check({ ...document, channels: { mood: { address: 1 } } })).toBe(false)
})

test('every packet that is published of a live show is of one topic of the document, and as its schema says', async () => {
  const ajv = new Ajv({ strict: false, validateFormats: false })
  const channels = Object.entries(document.channels).map(([name, { address }]) => ({
    name,
    fits: new RegExp(`^${address.replace(/\{\w+\}/g, '[^/]+')}$`),
    check: ajv.compile(document.components.messages[name]!.payload),
  }))
  const client = await mqtt.connectAsync(`${roar.url.replace('http', 'ws')}/mqtt`, { reconnectPeriod: 0 })
  const unseen = new Set(channels.map(({ name }) => name))
  const seen = Promise.withResolvers<void>()
  const wrong: unknown[] = []
  client.on('message', (topic, payload) => {
    const [channel, ...more] = channels.filter(({ fits }) => fits.test(topic))
    if (channel === undefined || more.length > 0 || !channel.check(JSON.parse(payload.toString())))
      wrong.push([topic, payload.toString(), channel?.check.errors])
    if (channel !== undefined) unseen.delete(channel.name)
    if (unseen.size === 0) seen.resolve()
  })
  await client.subscribeAsync(['roar/final/+', 'roar/final/mood/+', 'roar/final/polls/+'])
  const { token } = await post('viewers', { name: 'Ann' })
  await post('shows/final/reactions', { stickers: { heart: 1 }, segment: 'home' })
  await post('shows/final/posts', { sticker: 'six' }, token)
  const { room } = await post('shows/final/rooms', {}, token)
  await client.subscribeAsync(`roar/final/rooms/${room}`)
  await post(`shows/final/rooms/${room}/presence`, { stickers: { heart: 2 }, asks: true }, token)
  const producer = tokenOf('boss', { role: 'producer' })
  const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
  await post('studio/shows/final/polls', { poll: 'mvp', question: 'Who?', choices }, producer)
  await post('studio/shows/final/polls/mvp/open', {}, producer)
  await post('shows/final/polls/mvp/votes', { choice: 'anna' }, tokenOf('ann'))
  await seen.promise
  expect(wrong).toEqual([])
  await client.endAsync()
})
