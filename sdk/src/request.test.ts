import { expect, test } from 'bun:test'
import { getEventListeners } from 'node:events'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { request } from './request.ts'

test('a signal that outlives its requests keeps nothing of them, and cancels the one that is under way', async () => {
  const clock = new ManualClock(0)
  const answers = [
    () => Response.json({ flushMs: 1000 }),
    () => Promise.reject(new TypeError()),
    () => new Promise(() => {}),
  ]
  const platform = {
    now: () => clock.now(),
    random: () => 0,
    after: (ms: number, callback: () => void) => clock.after(ms, callback),
    fetch: () => answers.shift()!() as Promise<Response>,
    WebSocket: undefined,
  }
  const cancel = new AbortController()
  const { signal } = cancel
  const ask = () => request<{ flushMs: number }>(platform, 'http://roar.test', 'flushMs', { signal })
  const listening = () => getEventListeners(signal, 'abort').length
  expect(await ask()).toEqual({ flushMs: 1000 })
  await expect(ask()).rejects.toMatchObject({ code: 'network' })
  const last = ask()
  expect(listening()).toBe(1)
  cancel.abort()
  await expect(last).rejects.toBe(signal.reason)
  expect(listening()).toBe(0)
})
