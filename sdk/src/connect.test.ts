import { expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { connect } from './connect.ts'

/** A server whose fleet is nearly full, seen by one client; chance is always a quarter. */
function crowded(jitterMs?: number, signal?: AbortSignal) {
  const clock = new ManualClock(0)
  const opened: number[] = []
  const sockets: { onclose?: (event: { code: number; reason: string }) => void; readyState: number }[] = []
  const document = {
    version: 1,
    flushMs: 1_000,
    segments: [],
    stickers: [],
    pubsub: ['ws://e1.test'],
    jitterMs,
  }
  const client = connect(
    { url: 'http://roar.test', show: 'final', transports: ['mqtt'], ...(signal && { signal }) },
    {
      now: () => clock.now(),
      random: () => 0.25,
      after: (ms, callback) => clock.after(ms, callback),
      fetch: async () => Response.json(document),
      WebSocket: class {
        readyState = 0
        constructor() {
          opened.push(clock.now())
          sockets.push(this)
        }
        close(): void {}
      } as unknown as typeof WebSocket,
    },
  )
  const statuses: string[] = []
  client.on('status', ({ state }) => statuses.push(state))
  return {
    client,
    opened,
    statuses,
    cut: () => sockets.at(-1)!.onclose!({ code: 1001, reason: '' }),
    async pass(ms: number) {
      // The answer of `fetch` first, which no clock drives.
      await Bun.sleep(0)
      clock.advance(ms)
      await Bun.sleep(0)
    },
  }
}

test('a first connection is spread over the time that the show asks for', async () => {
  const { opened, pass } = crowded(4_000)
  await pass(999)
  expect(opened).toEqual([])
  await pass(1)
  expect(opened).toEqual([1_000])
})

test('without such a time it opens at once, and one that comes back is spread by its backoff alone', async () => {
  const { opened, pass, cut, client } = crowded()
  await pass(0)
  expect(opened).toEqual([0])
  cut()
  expect(client.status()).toMatchObject({ state: 'waiting' })

  const again = crowded(4_000)
  await again.pass(1_000)
  again.cut()
  const { retryInMs } = again.client.status() as { retryInMs: number }
  await again.pass(retryInMs)
  await again.pass(0)
  expect(again.opened).toEqual([1_000, 1_000 + retryInMs])
})

test('who leaves before its turn opens nothing', async () => {
  for (const leave of ['close', 'pause'] as const) {
    const { client, opened, pass } = crowded(4_000)
    await pass(500)
    client[leave]('hidden')
    await pass(10_000)
    expect(opened).toEqual([])
  }
})

test('a signal that outlives a listener, a wait or a client keeps nothing of it', async () => {
  const { signal } = new AbortController()
  const { client } = crowded(0, signal)
  client.on('mood', () => {}, { signal })()
  const next = client.once('status', { signal })
  client.pause('test')
  await next
  // The client's own.
  expect(getEventListeners(signal, 'abort').length).toBe(1)
  const never = client.once('mood', { signal })
  client.close()
  await expect(never).rejects.toMatchObject({ code: 'closed' })
  expect(getEventListeners(signal, 'abort').length).toBe(0)
})
