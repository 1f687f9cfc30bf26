import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import type { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import { changePoll, sealPoll, stopVotes } from './life.ts'
import { checkPollChange, REQUEST_MS, seenOf } from './two-people.ts'

const NOW = 1_795_349_712_000
const sha256 = (text: string | Uint8Array) => new Uint8Array(createHash('sha256').update(text).digest())
const CLOSED: Poll = {
  ...{ show: 'final', poll: 'mvp', question: 'Who?', kind: 'one', max: 1, change: false, graceMs: 0 },
  choices: ['anna', 'ben'].map((choice) => ({ choice, title: choice })),
  ...{ visibility: 'live', countLate: true, countQuarantined: false, version: 3 },
  ...{ opens: NOW - 2000, closes: NOW - 1000 },
}
const by = (person: string) => ({ person, name: person, who: `${person} of the studio` })
const REQUEST: DecisionRequest = {
  ...{ request: 'r', show: 'final', poll: 'mvp', action: 'seal', reason: 'It is over', by: by('ann') },
  ...{ at: NOW, expires: NOW + REQUEST_MS, version: 3, seen: seenOf(sha256, CLOSED) },
}

/** What a seal is told, of a poll that may have gone on since it was asked for. */
function refusal(at: number, given: Partial<DecisionRequest>, poll = CLOSED): string {
  const show = {
    rules: { ...{ guests: true, posts: true, text: true, rooms: true, postEveryMs: 0 }, approvals: 2 },
  }
  const second = { request: { ...REQUEST, ...given }, by: 'ben' }
  try {
    checkPollChange({ before: poll, after: sealPoll(poll, at), show, sha256 }, at, second)
    return 'none'
  } catch (cause) {
    return (cause as RoarError).code
  }
}
const approvedAt = (at: number) => ({ decided: { approved: true, by: by('ben'), at } })

test('a request is approved until it expires, and what was approved in time is done whenever it can be', () => {
  expect(refusal(NOW + REQUEST_MS - 1, {})).toBe('none')
  expect(refusal(NOW + REQUEST_MS, {})).toBe('wrong_state')
  expect(refusal(NOW + 2 * REQUEST_MS, approvedAt(NOW + REQUEST_MS - 1))).toBe('none')
  expect(refusal(NOW + REQUEST_MS, approvedAt(NOW + REQUEST_MS))).toBe('wrong_state')
})

test('it is for the poll as it was: its seal may have begun and a clock have been looked at, and nothing else', () => {
  const begun = { ...stopVotes(CLOSED, NOW), reached: 'closed' as const, version: 7 }
  expect(refusal(NOW, {}, begun)).toBe('none')
  expect(refusal(NOW, {}, changePoll(begun, { countLate: false }, NOW))).toBe('stale')
  expect(refusal(NOW, {}, { ...begun, revealed: NOW })).toBe('stale')
  expect(refusal(NOW, { poll: 'other' })).toBe('forbidden')
})
