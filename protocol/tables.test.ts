import { expect, test } from 'bun:test'
import { CLOSE, comeAgainMs, goTo, nextStep } from './close-codes.ts'
import { ERRORS, isRetryable, problemOf, RoarError } from './errors.ts'
import { isId } from './ids.ts'
import * as limits from './limits.ts'
import { feedTopic, isReport, moodTopic, pollTopic, RELAY_FILTER, reportTopic, showTopic } from './topics.ts'

test('an error is its code: status, whether to try again, and the problem that a client reads', () => {
  const cause = new Error('inner')
  const error = new RoarError('too_many_requests', 'slow down', { cause, retryAfterS: 3 })
  expect(error).toMatchObject({
    ...{ name: 'RoarError', message: 'slow down', code: 'too_many_requests' },
    ...{ status: 429, retryable: true, retryAfterS: 3, cause },
  })
  expect(new RoarError('bad_json', 'x')).toMatchObject({
    status: 400,
    retryable: false,
    retryAfterS: undefined,
  })
  expect('cause' in new RoarError('bad_json', 'x')).toBe(false)
  expect(problemOf(error)).toEqual({
    type: 'urn:roar:error:too_many_requests',
    title: ERRORS.too_many_requests.title,
    status: 429,
    detail: 'slow down',
    code: 'too_many_requests',
  })
})

test('an error may have the newer document, the limit that was reached, and the request that it was', () => {
  const limit = { name: 'viewer', perSecond: 1, burst: 2 } as never
  const error = new RoarError('stale', 'older', { current: { version: 3 }, limit })
  expect(error).toMatchObject({ current: { version: 3 }, limit })
  expect(problemOf(error, 'r1')).toMatchObject({ current: { version: 3 }, instance: 'urn:roar:request:r1' })
  expect(Object.keys(problemOf(new RoarError('bad_json', 'x')))).toEqual([
    'type',
    'title',
    'status',
    'detail',
    'code',
  ])
})

test('what may succeed later by itself is of others: no mistake of ours, no refusal, and no other error', () => {
  expect(isRetryable(new RoarError('log_unavailable', 'x'))).toBe(true)
  expect(isRetryable(new RoarError('internal', 'x'))).toBe(false)
  expect(isRetryable(new RoarError('bad_json', 'x'))).toBe(false)
  expect(isRetryable(new Error('x'))).toBe(false)
  expect(isRetryable(undefined)).toBe(false)
})

test('the reason of a close may say when to come again', () => {
  expect(comeAgainMs('the edge is full: retry in 2 s')).toBe(2000)
  expect([comeAgainMs('in 2 s, or later'), comeAgainMs('full'), comeAgainMs('in 0 s')]).toEqual(
    Array(3).fill(undefined),
  )
})

test("close codes are the specifications' own, and their range says what a client does next", () => {
  expect(CLOSE).toEqual({
    ...{ goingAway: 1001, protocolError: 1002, unsupportedData: 1003 },
    ...{ policy: 1008, tooLarge: 1009, tryAgainLater: 1013 },
    ...{ keepAlive: 4000, slow: 4001, flooding: 4100, expired: 4200, revoked: 4201 },
  })
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 3000, 4000, 4001, 4099, 4300, 4999])
    expect([code, nextStep(code)]).toEqual([code, 'reconnect'])
  for (const code of [4100, 4150, 4199]) expect([code, nextStep(code)]).toEqual([code, 'wait'])
  for (const code of [1002, 1003, 1008, 1009, 4200, 4299])
    expect([code, nextStep(code)]).toEqual([code, 'give-up'])
})

test('topics are those of the contract', () => {
  expect(RELAY_FILTER).toBe('roar/#')
  expect(moodTopic('final')).toBe('roar/final/mood')
  expect(moodTopic('final', 'home')).toBe('roar/final/mood/home')
  expect(feedTopic('final')).toBe('roar/final/feed')
  expect(pollTopic('final', 'mvp')).toBe('roar/final/polls/mvp')
  expect(showTopic('final')).toBe('roar/final/show')
})

test('ids are those of the contract', () => {
  for (const id of ['a', '0', 'final', 'a-b', `a${'-'.repeat(31)}`]) expect(isId(id)).toBe(true)
  for (const no of [
    '',
    '-a',
    'A',
    'a_b',
    'a b',
    'a\n',
    '\na',
    'é',
    `a${'b'.repeat(32)}`,
    5,
    null,
    undefined,
    ['a'],
  ])
    expect(isId(no)).toBe(false)
})

test('limits that both sides of a wire must agree on do not move by accident', () => {
  expect(limits).toMatchObject({
    ...{ BODY_BYTES_MAX: 4096, STUDIO_BODY_BYTES_MAX: 65_536, BURST_COUNT_MAX: 100, BURST_STICKERS_MAX: 64 },
    ...{ DELAY_MS_MAX: 120_000 },
    ...{
      STICKERS_MAX: 512,
      KEYWORDS_MAX: 32,
      KEYWORD_LENGTH_MAX: 64,
      BAR_MAX: 12,
      SIDES_MAX: 4,
      PACKS_MAX: 16,
    },
    ...{
      PACKS_TOTAL_MAX: 1000,
      SHOWS_MAX: 10_000,
      SLOW_FEED_MS: 10_000,
      SWITCHED_SAMPLE: 0.125,
      SEGMENTS_MAX: 64,
    },
    ...{
      MOOD_BYTES_MAX: 256,
      MOOD_TOP_MAX: 8,
      FEED_POSTS_PER_SECOND_MAX: 8,
      NAME_LENGTH_MAX: 32,
      NAME_UNITS_MAX: 128,
      POST_TEXT_MAX: 140,
      POST_TEXT_UNITS_MAX: 1120,
      REMOVED_POSTS_MAX: 200,
      MUTED_MAX: 500,
      MUTE_MS_MAX: 86_400_000,
    },
    ...{ SAMPLE_MIN: 0.015625, CHOICES_MAX: 64, POINTS_MAX: 1000, QUESTION_LENGTH_MAX: 280, POLLS_MAX: 256 },
    ...{
      SEGMENT_VIEWERS_MIN: 10,
      GRACE_MS_MAX: 300_000,
      SLICE_ENTRIES_MAX: 66_560,
      SLICE_EVENTS_MAX: 20_000,
    },
  })
})

test('a report is known by its topic, and a show is none', () => {
  expect(isReport(reportTopic('0000000000000001'))).toBe(true)
  expect(['roar/final/viewers', 'roar-viewers', 'roar-viewersx/1'].some(isReport)).toBe(false)
})

test('a close says where to connect instead, or nothing of it', () => {
  expect(goTo('go to wss://e2.example/mqtt')).toBe('wss://e2.example/mqtt')
  expect(goTo('go to ws://127.0.0.1:8080/mqtt')).toBe('ws://127.0.0.1:8080/mqtt')
  expect([goTo(''), goTo('come again in 2 s')]).toEqual([undefined, undefined])
})
