import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import type { WebhookDelivery } from '../../protocol/webhooks.ts'
import { startRoar, type TestRoar } from '../embedded.ts'
import { invited, ownerOf, type StudioClient } from '../people/studio-client.ts'
import { until } from '../until.ts'

interface Got {
  headers: Record<string, string>
  text: string
}

let roar: TestRoar
let owner: StudioClient
let receiver: ReturnType<typeof Bun.serve>
let place = ''
let answers = 200
const got: Got[] = []
let hear = () => {}

beforeAll(async () => {
  roar = await startRoar('--webhooks-private', 'true', '--window-ms', '50')
  owner = await ownerOf(roar)
  receiver = Bun.serve({
    ...{ port: 0, hostname: '127.0.0.1' },
    async fetch(request) {
      got.push({ headers: request.headers.toJSON(), text: await request.text() })
      hear()
      return new Response('thanks', { status: answers })
    },
  })
  place = `http://127.0.0.1:${receiver.port}/hook`
})
afterAll(async () => {
  receiver?.stop(true)
  await roar?.stop()
})

const heard = async (count: number): Promise<void> => {
  while (got.length < count) await new Promise<void>((resolve) => (hear = resolve))
}
/** Polls until it matches: what a receiver got is recorded a moment later. */
const listed = (webhook: string, isSo: (deliveries: WebhookDelivery[]) => boolean) =>
  until(
    async () => (await owner.send('GET', `/webhooks/${webhook}/deliveries`)).body as WebhookDelivery[],
    isSo,
  )

test('a poll’s life arrives signed, as the library of Standard Webhooks checks it', async () => {
  const made = await owner.send('POST', '/webhooks', { url: place, show: 'final' })
  expect(made.status).toBe(201)
  const { webhook, secret } = made.body
  const polls = '/shows/final/polls'
  const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
  await owner.send('POST', polls, { poll: 'hooked', question: 'Who?', choices })
  for (const step of ['open', 'close', 'reveal', 'seal'])
    expect((await owner.send('POST', `${polls}/hooked/${step}`)).status).toBe(200)
  await heard(4)
  const bodies = got.map(({ headers, text }) => new Webhook(secret).verify(text, headers))
  expect(bodies.map((body) => (body as { type: string }).type).toSorted()).toEqual(
    ['poll.closed', 'poll.opened', 'poll.revealed', 'poll.sealed'].toSorted(),
  )
  const data = { show: 'final', poll: 'hooked', question: 'Who?' }
  for (const body of bodies) expect(body).toMatchObject({ data })
  expect(() => new Webhook(secret).verify(`${got[0]!.text} `, got[0]!.headers)).toThrow()
  await listed(webhook, (all) => all.length === 4 && all.every(({ state }) => state === 'delivered'))

  // The secret is in no later answer and in no trail.
  const list = await owner.send('GET', '/webhooks')
  expect(list.body).toEqual([
    { webhook, url: place, events: made.body.events, show: 'final', made: made.body.made, waiting: 0 },
  ])
  const trail = JSON.stringify((await owner.send('GET', '/shows/final/audit')).body)
  expect(trail).toContain('make-webhook')
  expect(trail + JSON.stringify(list.body)).not.toContain('whsec_')
  expect(trail).not.toContain('/hook')
  expect((await owner.send('DELETE', `/webhooks/${webhook}`)).status).toBe(200)
  expect((await owner.send('DELETE', `/webhooks/${webhook}`)).status).toBe(200)
})

test('what failed is listed with its reason, and is delivered when somebody has it tried again', async () => {
  got.length = 0
  answers = 500
  const { body } = await owner.send('POST', '/webhooks', { url: place, events: ['show.started'] })
  await owner.send('POST', '/shows', { show: 'derby', title: 'The derby', starts: 4_000_000_000_000 })
  await owner.send('POST', '/shows/derby/start')
  await heard(1)
  const [failed] = await listed(body.webhook, ([first]) => first?.error !== undefined)
  expect(failed).toMatchObject({ event: 'show.started', state: 'waiting', tries: 1, error: 'it answers 500' })
  answers = 204
  const again = `/webhooks/${body.webhook}/deliveries/${failed!.delivery}/retry`
  expect((await owner.send('POST', again)).body).toMatchObject({ state: 'waiting', tries: 0 })
  await heard(2)
  expect(got[1]!.headers['webhook-id']).toBe(failed!.delivery)
  await listed(body.webhook, ([first]) => first?.state === 'delivered')
  const nobodys = `/webhooks/${body.webhook}/deliveries/msg_none/retry`
  expect((await owner.send('POST', nobodys)).status).toBe(404)
  expect((await owner.send('GET', '/webhooks/none/deliveries')).status).toBe(404)
})

test('a test is sent by hand, signed as every delivery, and those in one state can be listed', async () => {
  got.length = 0
  const { body } = await owner.send('POST', '/webhooks', { url: place, events: ['show.ended'] })
  const { webhook, secret } = body
  const sent = await owner.send('POST', `/webhooks/${webhook}/test`)
  expect(sent.body).toMatchObject({ webhook, event: 'webhook.test', state: 'waiting', tries: 0 })
  await heard(1)
  expect(new Webhook(secret).verify(got[0]!.text, got[0]!.headers)).toMatchObject({
    ...{ type: 'webhook.test', data: { webhook } },
  })
  await listed(webhook, ([first]) => first?.state === 'delivered')
  const delivered = await owner.send('GET', `/webhooks/${webhook}/deliveries?state=delivered`)
  expect(delivered.body).toHaveLength(1)
  expect((await owner.send('GET', `/webhooks/${webhook}/deliveries?state=dead`)).body).toEqual([])
  expect((await owner.send('GET', `/webhooks/${webhook}/deliveries?state=lost`)).status).toBe(400)
  const [entry] = (await owner.send('GET', '/audit')).body
  expect(entry).toMatchObject({ action: 'test-webhook', detail: { webhook } })
  expect((await owner.send('POST', '/webhooks/none/test')).status).toBe(404)
  expect((await owner.send('DELETE', `/webhooks/${webhook}`)).status).toBe(200)
})

test('a webhook is its show’s producers’, and of all shows a producer’s of all', async () => {
  const roles = [{ role: 'producer', show: 'final' }]
  const pat = await invited(owner, roar.url, { email: 'pat@stadium.example', roles })
  const mia = await invited(owner, roar.url, {
    email: 'mia@stadium.example',
    roles: [{ role: 'moderator', show: 'final' }],
  })
  const ofAll = (await owner.send('POST', '/webhooks', { url: place })).body.webhook
  expect((await pat.send('POST', '/webhooks', { url: place })).status).toBe(403)
  expect((await pat.send('POST', '/webhooks', { url: place, show: 'derby' })).status).toBe(403)
  expect((await mia.send('POST', '/webhooks', { url: place, show: 'final' })).status).toBe(403)
  const own = await pat.send('POST', '/webhooks', { url: place, show: 'final' })
  expect(own.status).toBe(201)
  expect((await pat.send('GET', '/webhooks')).body.map((each: { webhook: string }) => each.webhook)).toEqual([
    own.body.webhook,
  ])
  expect((await mia.send('GET', '/webhooks')).body).toEqual([])
  expect((await pat.send('GET', `/webhooks/${ofAll}/deliveries`)).status).toBe(403)
  expect((await pat.send('POST', `/webhooks/${ofAll}/test`)).status).toBe(403)
  expect((await pat.send('DELETE', `/webhooks/${ofAll}`)).status).toBe(403)
  expect((await mia.send('DELETE', `/webhooks/${own.body.webhook}`)).status).toBe(403)
  for (const [wrong, code] of [
    [{ url: 'http://hooks.example/' }, 'bad_request'],
    [{ url: place, events: [] }, 'bad_request'],
    [{ url: place, events: ['poll.lost'] }, 'bad_request'],
    [{ url: place, events: ['show.threshold'] }, 'bad_request'],
    [{ url: place, events: ['show.ended'], threshold: { perSecond: 9, forS: 1 } }, 'bad_request'],
    [{ url: place, threshold: { perSecond: 9, forS: 61 } }, 'bad_request'],
    [{ url: place, show: 'nowhere' }, 'unknown_show'],
  ] as const)
    expect((await owner.send('POST', '/webhooks', wrong)).body.code).toBe(code)
})

test('a webhook whose row is damaged can be ended by a producer of all shows: it kept its place', async () => {
  const { webhook } = (await owner.send('POST', '/webhooks', { url: place, show: 'final' })).body
  using db = new Database(join(roar.data, 'roar.db'))
  const rows = () => db.query('SELECT 1 FROM webhooks WHERE webhook_id = ?').all(webhook).length
  db.run("UPDATE webhooks SET document = '{' WHERE webhook_id = ?", [webhook])
  for (let repeat = 0; repeat < 2; repeat++)
    expect((await owner.send('DELETE', `/webhooks/${webhook}`)).status).toBe(200)
  expect(rows()).toBe(0)
})
