import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import type { DecisionRequest } from '../../protocol/decisions.ts'
import type { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { Show } from '../../protocol/show.ts'
import { changePoll, sealPoll, stopVotes } from './life.ts'
import { actOf, checkPollChange, checkShowChange, REQUEST_MS, seenOf } from './two-people.ts'

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

const RULES = { guests: true, posts: true, text: true, rooms: true, postEveryMs: 0 }
const TWO: Show = {
  ...{ show: 'final', title: 'Final', stickers: [], segments: [], version: 1 },
  rules: { ...RULES, approvals: 2 },
}
const ONE: Show = { ...TWO, rules: RULES }

const codeOf = (check: () => void): string => {
  try {
    check()
    return 'none'
  } catch (cause) {
    return (cause as RoarError).code
  }
}

/** Why a seal is refused, for a poll that may have changed since the request. */
function refusal(at: number, given: Partial<DecisionRequest>, poll = CLOSED): string {
  const second = { request: { ...REQUEST, ...given }, by: 'ben' }
  return codeOf(() =>
    checkPollChange({ before: poll, after: sealPoll(poll, at), show: TWO, sha256 }, at, second),
  )
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

test('two people are needed where the show says so, for what decides a result: a seal, what counts, the right answer', () => {
  const changed = (changes: Partial<Poll>, show = TWO, before = CLOSED) =>
    codeOf(() => checkPollChange({ before, after: { ...before, ...changes }, show, sha256 }, NOW, undefined))
  for (const changes of [
    { sealed: NOW },
    { countLate: false },
    { countQuarantined: true },
    { answer: ['anna'] },
  ]) {
    expect(changed(changes)).toBe('approval_needed')
    expect(changed(changes, ONE)).toBe('none')
  }
  expect(changed({ visibility: 'revealed' })).toBe('none')
  expect(changed({ ...CLOSED, sealed: NOW, question: 'Who won?' }, TWO, { ...CLOSED, sealed: NOW })).toBe(
    'none',
  )
  // Nobody can have voted yet.
  expect(changed({ countLate: false }, TWO, { ...CLOSED, opens: NOW + 1, closes: NOW + 2 })).toBe('none')
})

test('from two people to one is a decision of two, and of that show and that action alone', () => {
  const request = { ...REQUEST, action: 'one-approval' as const }
  const changed = (before: Show, after: Show, given?: Partial<DecisionRequest>) =>
    codeOf(() =>
      checkShowChange(
        { before, after },
        NOW,
        given === undefined ? undefined : { request: { ...request, ...given } as DecisionRequest, by: 'ben' },
      ),
    )
  expect(changed(TWO, ONE)).toBe('approval_needed')
  expect([changed(ONE, TWO), changed(ONE, ONE), changed(TWO, TWO)]).toEqual(['none', 'none', 'none'])
  expect(changed(TWO, ONE, {})).toBe('none')
  expect(changed(TWO, ONE, { show: 'other' })).toBe('forbidden')
  expect(changed(TWO, ONE, { action: 'seal' })).toBe('forbidden')
  expect(changed(TWO, ONE, { by: by('ben') })).toBe('forbidden')
  expect(changed(TWO, ONE, { decided: { approved: false, by: by('ben'), at: NOW } })).toBe('wrong_state')
})

test('what was asked for is what becomes of the poll: its seal, or its changes; a request lives a quarter of an hour', () => {
  expect(actOf({ action: 'seal' })(CLOSED, NOW)).toEqual(sealPoll(CLOSED, NOW))
  const changes = { countLate: false }
  expect(actOf({ action: 'change', changes })(CLOSED, NOW)).toEqual(changePoll(CLOSED, changes, NOW))
  expect(REQUEST_MS).toBe(900_000)
})
