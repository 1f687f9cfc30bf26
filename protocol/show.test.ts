import { expect, test } from 'bun:test'
import {
  currentState,
  nextTurn,
  postEveryMs,
  type Show,
  type ShowDocument,
  type ShowRules,
  type Switches,
  showStateOf,
  takesTwo,
} from './show.ts'

/** A show with these of its rules, and with a feed that is slow or not. */
const showOf = (rules?: Partial<ShowRules>, feed: Switches['feed'] = 'on') =>
  ({ rules, switches: { feed } }) as Pick<Show, 'rules' | 'switches'>

test('a show takes two people where its rules say so, and one where they say nothing', () => {
  for (const rules of [undefined, {}, { approvals: 1 }]) expect(takesTwo(showOf(rules))).toBe(false)
  expect(takesTwo(showOf({ approvals: 2 }))).toBe(true)
})

test('posts are no faster than a slow feed takes them, and its rules make them slower still', () => {
  expect(postEveryMs({} as Show)).toBe(0)
  expect(postEveryMs(showOf({}))).toBe(0)
  expect(postEveryMs(showOf({ postEveryMs: 3_000 }))).toBe(3_000)
  expect(postEveryMs(showOf({ postEveryMs: 3_000 }, 'slow'))).toBe(10_000)
  expect(postEveryMs(showOf({ postEveryMs: 30_000 }, 'slow'))).toBe(30_000)
})

test('a show is live from its start to its end, by hand before the times that were planned', () => {
  const planned = { created: 0, starts: 10, ends: 20 }
  expect([9, 10, 19, 20].map((now) => showStateOf(planned, now))).toEqual([
    ...(['scheduled', 'live', 'live', 'ended'] as const),
  ])
  expect([4, 5].map((now) => showStateOf({ ...planned, started: 5 }, now))).toEqual(['scheduled', 'live'])
  // Once somebody has said when it ends, what was planned says nothing.
  expect([20, 24, 25].map((now) => showStateOf({ ...planned, ended: 25 }, now))).toEqual([
    ...(['live', 'live', 'ended'] as const),
  ])
  // One that nobody has made is the demo, which always was there.
  expect(showStateOf({}, 0)).toBe('live')
  expect(showStateOf({ created: 0 }, 1)).toBe('scheduled')
})

test('a document that is kept changes its state when its times pass, and says when that is next', () => {
  const document = (more: Partial<ShowDocument>) => ({ state: 'scheduled', ...more }) as ShowDocument
  const times = document({ starts: 10, ends: 20 })
  expect([9, 10, 19, 20].map((now) => currentState(times, now))).toEqual([
    'scheduled',
    'live',
    'live',
    'ended',
  ])
  expect([9, 10, 19, 20].map((now) => nextTurn(times, now))).toEqual([10, 20, 20, undefined])
  expect(nextTurn(document({ starts: 20, ends: 10 }), 5)).toBe(10)
  // Without times it is what it was.
  for (const state of ['scheduled', 'live', 'ended'] as const) {
    expect(currentState(document({ state }), 1e12)).toBe(state)
    expect([nextTurn(document({ state }), 0), nextTurn(document({ state }), 1e12)]).toEqual([
      undefined,
      undefined,
    ])
  }
  expect(currentState(document({ state: 'ended', starts: 10 }), 15)).toBe('ended')
})
