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
  await expect(ask(endless.url.href)).rejects.toThrow('the answer is longer than 4194304 bytes')
})
