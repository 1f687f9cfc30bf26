import { expect, test } from 'bun:test'
import { base32, totpCode, totpStep, totpUri } from './totp.ts'

const SECRET = Buffer.from('12345678901234567890')

test.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('a code is what RFC 6238 appendix B says, at %i s', (atS, code) => {
  expect(totpCode(SECRET, Math.floor(atS / 30), 8)).toBe(code)
})

test('a code is taken in its step and one to each side, and no older one after it', () => {
  const step = 40_000_000
  const at = (steps: number) => (step + steps) * 30_000
  const code = totpCode(SECRET, step)
  const taken = (now: number, after = 0) => totpStep(SECRET, code, { now, after })
  expect([at(-2), at(-1), at(0), at(1), at(2) - 1, at(2)].map((now) => taken(now))).toEqual([
    ...[undefined, step, step, step, step, undefined],
  ])
  expect(taken(at(0), step)).toBeUndefined()
  expect(taken(at(0), step + 1)).toBeUndefined()
  expect(totpStep(SECRET, '', { now: at(0), after: 0 })).toBeUndefined()
})

test('base32 is as RFC 4648 section 10 has it, without padding', () => {
  const texts = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar']
  expect(texts.map((text) => base32(Buffer.from(text)))).toEqual([
    ...['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI'],
  ])
})

test('an authenticator is told whose code it is', () => {
  expect(totpUri(SECRET, { issuer: 'Roar', account: 'ann+1@a.example' })).toBe(
    'otpauth://totp/Roar%3Aann%2B1%40a.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Roar',
  )
})
