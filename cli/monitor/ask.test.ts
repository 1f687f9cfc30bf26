import { afterAll, expect, test } from 'bun:test'
import { ask } from './ask.ts'

const endless = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: () =>
    new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })),
})
afterAll(() => endless.stop(true))

test('an answer that does not end is read no further than its bound', async () => {
  await expect(ask<{ heads: string[] }>(endless.url.href, 'heads')).rejects.toThrow(
    'the answer is longer than 4194304 bytes',
  )
})

test.each([
  ['JSON of somebody else', { login: 'https://portal.example' }, 200, 'answered 200 without `heads`'],
  ['null', null, 200, 'answered 200 without `heads`'],
  ['null with a status', null, 502, '502'],
])('an answer that is not Roar’s is said to be none: %s', async (_what, body, status, sentence) => {
  using other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => Response.json(body, { status }) })
  await expect(ask<{ heads: string[] }>(other.url.href, 'heads')).rejects.toThrow(sentence)
})
