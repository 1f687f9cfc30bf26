import { describe, expect, test } from 'bun:test'
import { type Known, newsIn, standingOf } from './forward.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const NOW = 1_000_000

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
    ['roar/final/mood', '{"at":1e999}', undefined],
    ['roar/final/polls/mvp', '{"version":1e300}', undefined],
    ['roar/final/mood', 'null', undefined],
    ['roar/final/mood', 'no JSON', undefined],
  ])('%s %s', (topic, payload, place) => {
    expect(standingOf(topic, bytes(payload))).toEqual({ place, run: 1 })
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
    expect(newsIn(topic, bytes(payload), known, NOW)).toMatchObject({ news, place })
  })

  test('after a value was removed an older one does not come back, and a second removal is nothing', () => {
    const removed = { payload: undefined, place: 5 }
    expect(newsIn(topic, bytes('{"at":4}'), removed, NOW).news).toBe('older')
    expect(newsIn(topic, bytes('{"at":6}'), removed, NOW).news).toBe('new')
    expect(newsIn(topic, bytes(''), removed, NOW).news).toBe('repeated')
    // The same again is news of a value that expired, and none of one that was taken back.
    expect(newsIn(topic, bytes('{"at":5}'), removed, NOW).news).toBe('new')
    expect(newsIn(topic, bytes('{"at":5}'), { ...removed, isRemoved: true }, NOW).news).toBe('older')
    expect(newsIn(topic, bytes('{"at":6}'), { ...removed, isRemoved: true }, NOW).news).toBe('new')
  })
})

test('a poll of a run before that of its show is old, whatever its version; a mood says nothing of runs', () => {
  const known = { payload: bytes('{"version":5}'), place: 5 }
  const news = (payload: string, showRun?: number, topic = 'roar/final/polls/mvp') =>
    newsIn(topic, bytes(payload), { ...known, ...(showRun !== undefined && { showRun }) }, NOW)
  expect(news('{"version":6}', 2).news).toBe('older')
  expect(news('{"version":6,"run":2}', 3).news).toBe('older')
  expect(news('{"version":6,"run":3}', 3)).toMatchObject({ news: 'new', place: 6, run: 3 })
  expect(news('{"version":6,"run":3}')).toMatchObject({ news: 'new', place: 6, run: 3 })
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
    expect(newsIn('x/y', bytes(next!), { payload: bytes(known!), place: undefined }, NOW).news).toBe('new')
  expect(newsIn('x/y', bytes('a'), { payload: bytes('a'), place: 7 }, NOW)).toEqual({
    news: 'repeated',
    place: 7,
  })
})

describe('a time that is far ahead', () => {
  const news = (field: string, place: number, known: number, topic = 'roar/final/mood') =>
    newsIn(topic, bytes(`{"${field}":${place}}`), { payload: bytes('x'), place: known }, NOW)
  const DAY = 86_400_000
  test.each([
    [
      'is not believed while the value before it is of about now',
      NOW + DAY,
      NOW - 9_000,
      'ahead',
      NOW - 9_000,
    ],
    [
      'is believed by who heard nothing for a while: the clock of the topic may have been set',
      NOW + DAY,
      NOW - 11_000,
      'new',
      NOW + DAY,
    ],
    ['blocks nothing of about now', NOW - 1_000, NOW + DAY, 'new', NOW - 1_000],
    [
      'is held against others as far ahead, where it is the own clock that is behind',
      NOW + DAY - 1,
      NOW + DAY,
      'older',
      NOW + DAY,
    ],
    ['the same, and newer', NOW + DAY + 1, NOW + DAY, 'new', NOW + DAY + 1],
    ['does not bring back what is old by any clock', NOW - 11_000, NOW + DAY, 'older', NOW + DAY],
    ['is not believed from a minute and a millisecond on', NOW + 60_001, NOW - 10_000, 'ahead', NOW - 10_000],
    [
      'is believed where the value before it is older than ten seconds',
      NOW + DAY,
      NOW - 10_001,
      'new',
      NOW + DAY,
    ],
    ['is one of more than a minute', NOW + 60_000, NOW, 'new', NOW + 60_000],
    ['and below that nobody goes back', NOW, NOW + 60_000, 'older', NOW + 60_000],
  ] as const)('%s', (_what, place, known, said, stands) => {
    expect(news('at', place, known)).toMatchObject({ news: said, place: stands })
  })

  test("a version and a token's end are no such times", () => {
    expect(news('version', NOW + DAY, NOW, 'roar/final/polls/mvp').news).toBe('new')
    expect(news('version', NOW, NOW + DAY, 'roar/final/polls/mvp').news).toBe('older')
    expect(news('until', NOW + DAY, NOW, 'roar/$tokens/revoked/mark').news).toBe('new')
  })
})

describe('a version that leaps', () => {
  const topic = 'roar/final/polls/mvp'
  const MINUTE = 60_000
  /** What each version is, after the ones before it. @param steps Version, and when it comes. */
  const heard = (steps: readonly (readonly [version: number, at: number])[]) => {
    let known: Known = { payload: undefined, place: undefined }
    return steps.map(([version, at]) => {
      const payload = bytes(`{"version":${version}}`)
      const { news, place, climb } = newsIn(topic, payload, known, at)
      if (news === 'new') known = { payload, place, climb }
      return news
    })
  }
  const LEAP = 10_000_000_001

  test('is undone by what continues from before it, once nothing has continued it for a minute', () => {
    const before = [
      [5, 0],
      [5 + LEAP, 0],
    ] as const
    expect(heard([...before, [6, MINUTE - 1], [6, MINUTE], [7, MINUTE]])).toEqual([
      'new',
      'new',
      'older',
      'new',
      'new',
    ])
    expect(heard([...before, [5, MINUTE], [4, MINUTE]]).slice(2)).toEqual(['older', 'older'])
    expect(heard([...before, [6 + LEAP, MINUTE - 1], [6, MINUTE], [6, 2 * MINUTE]]).slice(2)).toEqual([
      'new',
      'older',
      'new',
    ])
  })

  test('is none that grows by as much as a great crowd votes, or over a longer time', () => {
    expect(
      heard([
        [5, 0],
        [4 + LEAP, 0],
        [6, MINUTE],
        [3 + 2 * LEAP, MINUTE],
        [5 + LEAP, 2 * MINUTE],
      ]),
    ).toEqual(['new', 'new', 'older', 'new', 'older'])
  })

  test('is none where a poll gets its first vote in a log that holds those of others', () => {
    expect(
      heard([
        [2, 0],
        [50_000_003, 0],
        [3, MINUTE],
      ]),
    ).toEqual(['new', 'new', 'older'])
  })

  test('may come in steps', () => {
    const steps = [1, 2, 3].map((step) => [5 + (step * LEAP) / 2, step] as const)
    expect(heard([[5, 0], ...steps, [6, MINUTE + 3]]).at(-1)).toBe('new')
  })

  test('to what no log can hold is not believed, not even as the first', () => {
    expect(
      heard([
        [2 ** 40, 0],
        [2 ** 40 + 1, 0],
        [Number.MAX_SAFE_INTEGER, 0],
      ]),
    ).toEqual(['new', 'ahead', 'ahead'])
    expect(
      heard([
        [Number.MAX_SAFE_INTEGER, 0],
        [5, 0],
      ]),
    ).toEqual(['ahead', 'new'])
  })
})
