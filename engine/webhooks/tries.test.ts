import { expect, test } from 'bun:test'
import type { WebhookDelivery } from '../../protocol/webhooks.ts'
import { afterTry, TRIES_MAX } from './tries.ts'

const waiting = (tries: number): WebhookDelivery => ({
  ...{ delivery: 'msg-1', webhook: 'hook', event: 'webhook.test', state: 'waiting' },
  ...{ at: 1000, tries, due: 2000, error: 'no answer' },
})
const after = (tries: number, error?: string, random = 0.5) =>
  afterTry(waiting(tries), error, { now: 5000, random: () => random })

test('a delivery is the same one after each try, with its error while it has not arrived', () => {
  const { error: _, ...same } = waiting(0)
  expect(after(3)).toEqual({ ...same, tries: 4, state: 'delivered', due: 5000 })
  const again = after(0, 'status 500')
  expect(again).toEqual({ ...same, tries: 1, state: 'waiting', due: again.due, error: 'status 500' })
  expect(after(TRIES_MAX - 1, 'status 500')).toEqual({
    ...same,
    ...{ tries: TRIES_MAX, state: 'dead', due: 5000, error: 'status 500' },
  })
})

test('it is tried fourteen times, from nine to seventeen hours, and each wait is longer until it is six hours', () => {
  const waits = (random: number) =>
    Array.from({ length: TRIES_MAX - 1 }, (_, tries) => after(tries, 'no answer', random).due - 5000)
  expect(after(TRIES_MAX - 2, 'no answer').state).toBe('waiting')
  for (const [random, hours] of [
    [0, 9],
    [1, 17],
  ] as const) {
    const sum = waits(random).reduce((all, ms) => all + ms, 0)
    expect(Math.round(sum / 3_600_000)).toBe(hours)
    expect(waits(random)).toEqual(waits(random).toSorted((a, b) => a - b))
  }
})
