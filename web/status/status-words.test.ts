import { expect, test } from 'bun:test'
import { Words } from '../words/words.ts'
import { failureWords, statusWords } from './status-words.ts'

const { say } = new Words('')

test('a live connection is a quiet dot and one word', () => {
  expect(statusWords({ state: 'live', over: 'mqtt' }, 0, say)).toEqual({ dot: 'live', words: 'Live' })
  expect(statusWords({ state: 'polling', over: 'polling' }, 0, say)).toEqual({
    dot: 'partly',
    words: 'Live by polling',
  })
})

test('a lost connection counts down to the next try and never says zero', () => {
  const words = (waitedMs: number) =>
    statusWords({ state: 'waiting', retryInMs: 4_000, code: 'lost' }, waitedMs, say).words
  expect([0, 900, 3_100, 9_000].map(words)).toEqual([
    'Reconnecting in 4 s',
    'Reconnecting in 4 s',
    'Reconnecting in 1 s',
    'Reconnecting in 1 s',
  ])
})

test('offline says so; a page in the background is only paused', () => {
  expect(statusWords({ state: 'paused', reasons: ['hidden', 'offline'] }, 0, say).words).toBe(
    'You are offline',
  )
  expect(statusWords({ state: 'paused', reasons: ['hidden'] }, 0, say).words).toBe('Paused')
})

test('whoever sees no show at all is told why', () => {
  expect(failureWords({ state: 'failed', code: 'unknown_show' }, 'fnal', say)!.title).toBe(
    'There is no show called “\u2068fnal\u2069”',
  )
  expect(failureWords({ state: 'waiting', retryInMs: 1, code: 'network' }, 'final', say)!.title).toBe(
    'The server does not answer',
  )
  expect(failureWords({ state: 'failed', code: 'unknown_segment' }, 'final', say)!.title).toContain('side')
  expect(failureWords({ state: 'failed', code: 'forbidden' }, 'final', say)!.advice).toContain('forbidden')
  expect(failureWords({ state: 'live', over: 'sse' }, 'final', say)).toBeUndefined()
})
