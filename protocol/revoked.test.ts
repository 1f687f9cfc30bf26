import { expect, test } from 'bun:test'
import { encodeRevoked, revokedIn, revokedText } from './revoked.ts'
import { REVOKED_PREFIX } from './topics.ts'

const MARK = 'x'.repeat(22)
const bytes = (text: string) => new TextEncoder().encode(text)

test('a token and everybody of one key are marked by different texts', () => {
  expect(revokedText({ jti: 'ann' })).toBe('roar-revoked-v1\njti\nann')
  expect(revokedText({ key: 'ann' })).toBe('roar-revoked-v1\nsub\nann')
})

test('what is written is read, and what is none of it says nothing', () => {
  const revoked = { revoked: MARK, until: 7 }
  expect(revokedIn(REVOKED_PREFIX + MARK, encodeRevoked(revoked))).toEqual(revoked)
  for (const [topic, payload] of [
    [`roar/final/${MARK}`, '{"until":7}'],
    [REVOKED_PREFIX, '{"until":7}'],
    [`${REVOKED_PREFIX}${MARK}x`, '{"until":7}'],
    [`${'x'.repeat(REVOKED_PREFIX.length)}${MARK}`, '{"until":7}'],
    [REVOKED_PREFIX + MARK, ''],
    [REVOKED_PREFIX + MARK, 'null'],
    [REVOKED_PREFIX + MARK, '{"until":"7"}'],
    [REVOKED_PREFIX + MARK, '{"until":7.5}'],
  ] as const)
    expect(revokedIn(topic, bytes(payload))).toBeUndefined()
})
