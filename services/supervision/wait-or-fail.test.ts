import { expect, test } from 'bun:test'
import { RoarError } from '../../protocol/errors.ts'
import { waitOrFail } from './wait-or-fail.ts'

test('a fault that may pass is waited for with its reason, and any other fails the part', () => {
  const heard: string[] = []
  const health = {
    working: () => {},
    waiting: (reason: string) => heard.push(`waiting: ${reason}`),
    failed: (cause: unknown) => heard.push(`failed: ${(cause as Error).message}`),
  }
  const passing = new RoarError('log_unavailable', 'the log does not answer')
  waitOrFail(health, passing)
  waitOrFail(health, passing, 'no counts are written')
  waitOrFail(health, new RoarError('bad_request', 'not a record'))
  waitOrFail(health, new TypeError('no such table'))
  expect(heard).toEqual([
    'waiting: the log does not answer',
    'waiting: no counts are written',
    'failed: not a record',
    'failed: no such table',
  ])
})
