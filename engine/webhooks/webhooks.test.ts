import { expect, test } from 'bun:test'
import type { Poll } from '../../protocol/polls.ts'
import type { Show } from '../../protocol/show.ts'
import type { WebhookDelivery } from '../../protocol/webhooks.ts'
import { eventsOf } from './events.ts'
import { afterTry, TRIES_MAX } from './tries.ts'

const NOW = 1_795_349_712_000
const SHOW: Show = {
  ...{ show: 'final', title: 'The final', stickers: [], segments: [], version: 1 },
  ...{ created: NOW, starts: NOW + 100, ends: NOW + 900 },
}
const POLL: Poll = {
  ...{ show: 'final', poll: 'mvp', question: 'Who?', choices: [{ choice: 'anna', title: 'Anna' }] },
  ...{ kind: 'one', max: 1, change: false, visibility: 'live', graceMs: 0 },
  ...{ countLate: true, countQuarantined: false, version: 1 },
  ...{ opens: NOW + 200, closes: NOW + 300, reveals: NOW + 400 },
}
const told = (show: Show, poll: Poll, now: number) =>
  eventsOf(show, [poll], now).map(({ type, at }) => [type, at - NOW] as const)

test('what has happened by a time follows from the documents alone, in whichever version they come', () => {
  expect(told(SHOW, POLL, NOW + 99)).toEqual([])
  expect(told(SHOW, POLL, NOW + 299)).toEqual([
    ['show.started', 100],
    ['poll.opened', 200],
  ])
  const sealed = { ...POLL, revealed: NOW + 350, sealed: NOW + 500, code: 'abcd1234', version: 9 }
  expect(told({ ...SHOW, version: 7 }, sealed, NOW + 900)).toEqual([
    ['show.started', 100],
    ['show.ended', 900],
    ['poll.opened', 200],
    ['poll.closed', 300],
    ['poll.revealed', 350],
    ['poll.sealed', 500],
  ])
  expect(eventsOf(SHOW, [sealed], NOW + 900).at(-1)!.data).toMatchObject({ poll: 'mvp', code: 'abcd1234' })
})

test('a show that was started or ended by hand is told of once, at that time', () => {
  const { closes: _, reveals: __, opens: ___, ...draft } = POLL
  const byHand = { ...SHOW, started: NOW + 50, ended: NOW + 700 }
  expect(told(byHand, draft, NOW + 1000)).toEqual([
    ['show.started', 50],
    ['show.ended', 700],
  ])
  // It never began.
  expect(told({ ...SHOW, ended: NOW + 10 }, draft, NOW + 1000)).toEqual([['show.ended', 10]])
})

test('what happens in a rehearsal says so, and in which run', () => {
  const rehearsal: Show = { ...SHOW, rehearsal: true }
  const dataOf = (show: Show) => eventsOf(show, [POLL], NOW + 299).map(({ data }) => data)
  expect(dataOf(rehearsal)).toMatchObject([
    { rehearsal: true, run: 1 },
    { rehearsal: true, run: 1 },
  ])
  expect(dataOf({ ...rehearsal, run: 3 })).toMatchObject([{ run: 3 }, { run: 3 }])
  for (const data of dataOf(SHOW)) expect(data).not.toContainKeys(['rehearsal', 'run'])
})

test('what never arrives is given up nine to seventeen hours after the first try, by chance', () => {
  const hours = [0, 0.999_999].map((chance) => {
    let delivery: WebhookDelivery = {
      ...{ delivery: 'msg_a', webhook: 'one', event: 'poll.opened', state: 'waiting', at: 0 },
      ...{ tries: 0, due: 0 },
    }
    while (delivery.state === 'waiting')
      delivery = afterTry(delivery, 'it answers 500', { now: delivery.due, random: () => chance })
    return Math.round(delivery.due / 3_600_000)
  })
  expect(hours).toEqual([9, 17])
})

test('a failed try is followed by a later one, and the last one by none', () => {
  let delivery: WebhookDelivery = {
    ...{ delivery: 'msg_a', webhook: 'one', event: 'poll.opened', state: 'waiting', at: NOW },
    ...{ tries: 0, due: NOW },
  }
  const waits: number[] = []
  while (delivery.state === 'waiting') {
    const now = delivery.due
    delivery = afterTry(delivery, 'it answers 500', { now, random: () => 0.999 })
    waits.push(delivery.due - now)
  }
  expect(delivery).toMatchObject({ state: 'dead', tries: TRIES_MAX, error: 'it answers 500' })
  const before = waits.slice(0, -1)
  expect(before).toEqual(before.toSorted((a, b) => a - b))
  expect(before[0]).toBeGreaterThan(5_000)
  expect(delivery.due - NOW).toBeLessThan(86_400_000)
  const arrived = afterTry({ ...delivery, state: 'waiting', tries: 3 }, undefined, {
    now: NOW,
    random: () => 0,
  })
  expect(arrived).toMatchObject({ state: 'delivered', tries: 4 })
  expect('error' in arrived).toBe(false)
})
