import { describe, expect, test } from 'bun:test'
import { newsIn, standingOf } from './forward.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('where a packet stands', () => {
  test.each([
    ['roar/final/mood', '{"at":5,"version":9}', 5],
    ['roar/final/mood/home', '{"ms":250,"at":5}', 5],
    ['roar/final/viewers', '{"at":5}', 5],
    ['roar/final/polls/mvp', '{"version":7}', 7],
    ['roar/final/show', '{"version":7}', 7],
    ['roar/$fleet/edges/one', '{"at":5}', 5],
    ['roar/$tokens/revoked/mark', '{"until":9,"at":5}', 9],
    ['roar/final/feed', '{"at":5}', undefined],
    ['roar/final', '{"at":5}', undefined],
    ['roar/final/feed', '{"undefined":5}', undefined],
    ['other/final/mood', '{"at":5}', undefined],
    ['roar/final/mood', '{"at":"5"}', undefined],
    ['roar/final/mood', 'null', undefined],
    ['roar/final/mood', 'no JSON', undefined],
  ])('%s %s', (topic, payload, place) => {
    expect(standingOf(topic, bytes(payload)).place).toBe(place)
  })
})

describe('what a retained packet is to who knows one', () => {
  const topic = 'roar/final/mood'
  const known = { payload: bytes('{"at":5}'), place: 5 }
  test.each([
    ['the same bytes', '{"at":5}', 'repeated', 5],
    ['a newer one', '{"at":6}', 'new', 6],
    ['an older one', '{"at":4}', 'older', 5],
    ['as old, and other', '{"at":5,"n":1}', 'new', 5],
    ['one that does not say', 'hello', 'new', 5],
    ['the end of the value', '', 'new', 5],
  ] as const)('%s', (_what, payload, news, place) => {
    expect(newsIn(topic, bytes(payload), known)).toMatchObject({ news, place })
  })

  test('after a value was removed an older one does not come back, and a second removal is nothing', () => {
    const removed = { payload: undefined, place: 5 }
    expect(newsIn(topic, bytes('{"at":4}'), removed).news).toBe('older')
    expect(newsIn(topic, bytes('{"at":6}'), removed).news).toBe('new')
    expect(newsIn(topic, bytes(''), removed).news).toBe('repeated')
    // The same again is news of a value that expired, and none of one that was taken back.
    expect(newsIn(topic, bytes('{"at":5}'), removed).news).toBe('new')
    expect(newsIn(topic, bytes('{"at":5}'), { ...removed, isRemoved: true }).news).toBe('older')
    expect(newsIn(topic, bytes('{"at":6}'), { ...removed, isRemoved: true }).news).toBe('new')
  })
})

test('a poll of a run before that of its show is old, whatever its version; a mood says nothing of runs', () => {
  const known = { payload: bytes('{"version":5}'), place: 5 }
  const news = (payload: string, showRun?: number, topic = 'roar/final/polls/mvp') =>
    newsIn(topic, bytes(payload), { ...known, ...(showRun !== undefined && { showRun }) })
  expect(news('{"version":6}', 2).news).toBe('older')
  expect(news('{"version":6,"run":2}', 3).news).toBe('older')
  expect(news('{"version":6,"run":3}', 3)).toEqual({ news: 'new', place: 6, run: 3 })
  expect(news('{"version":6,"run":3}')).toEqual({ news: 'new', place: 6, run: 3 })
  expect(news('', 2).news).toBe('new')
  expect(news('{"at":6}', 2, 'roar/final/mood').news).toBe('new')
  expect(standingOf('roar/final/show', bytes('{"version":6,"run":"3"}'))).toEqual({ place: 6, run: 1 })
})

test('bytes that go on where the known ones end are new', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  for (const [known, next] of [
    ['a', 'ab'],
    ['ab', 'a'],
    ['ab', 'ac'],
    ['ab', 'bb'],
  ])
    expect(newsIn('x/y', bytes(next!), { payload: bytes(known!), place: undefined }).news).toBe('new')
  expect(newsIn('x/y', bytes('a'), { payload: bytes('a'), place: 7 })).toEqual({ news: 'repeated', place: 7 })
})
