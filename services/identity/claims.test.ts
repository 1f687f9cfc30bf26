import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { JWTPayload } from 'jose'
import { parseClaimRule } from './claim-rule.ts'
import { newGuest, type SignedBy, type TokenRules, timesFault, type Viewer, viewerIn } from './claims.ts'

const ONE = 'https://one.example'
const TWO = 'https://two.example'
const rule = (text: string) => parseClaimRule(text)!
const RULES: TokenRules = { issuers: [], audiences: [], producer: [rule('role=producer')], verified: [] }
const asked = (claims: object, by: SignedBy = 'key set', rules: Partial<TokenRules> = {}) =>
  viewerIn({ sub: 'ann', ...claims } as JWTPayload, by, { ...RULES, ...rules })
const isGood = (...given: Parameters<typeof asked>): boolean => typeof asked(...given) === 'object'

describe('whom a token is for', () => {
  const ours = { audiences: ['roar', 'https://roar.example'] }
  test.each<[string, object, Partial<TokenRules>, boolean]>([
    ['us, by name', { aud: 'roar' }, ours, true],
    ['others and us', { aud: ['shop', 'https://roar.example'] }, ours, true],
    ['another application', { aud: 'shop' }, ours, false],
    ['other applications', { aud: ['shop', 'till'] }, ours, false],
    ['nobody', { aud: [] }, ours, false],
    ['no text', { aud: 7 }, ours, false],
    ['no texts', { aud: [7, null, {}] }, ours, false],
    ['somebody, and nobody has told us who we are', { aud: 'shop' }, {}, false],
    ['it does not say, and the keys sign for several', {}, ours, false],
    ['it does not say, and nobody asks', {}, {}, true],
  ])('a token of the key set: %s', (_, claims, rules, good) => {
    expect(isGood(claims, 'key set', rules)).toBe(good)
  })

  test("the server's own tokens need no audience, and one that names others alone is refused", () => {
    expect(isGood({}, 'secret', ours)).toBe(true)
    expect(isGood({ aud: 'roar' }, 'secret', ours)).toBe(true)
    expect(isGood({ aud: 'shop' }, 'secret', ours)).toBe(false)
  })
})

describe('who issued it', () => {
  const known = { issuers: [ONE] }
  test.each<[string, object, SignedBy, Partial<TokenRules>, boolean]>([
    ['a known one', { iss: ONE }, 'key set', known, true],
    ['another', { iss: TWO }, 'key set', known, false],
    ['another, by the secret', { iss: TWO }, 'secret', known, false],
    ['almost the known one', { iss: `${ONE}/` }, 'key set', known, false],
    ['it does not say', {}, 'key set', known, false],
    ['it does not say, and needs not', {}, 'key set', {}, true],
    ["the server's own says nothing", {}, 'secret', known, true],
    ['no text', { iss: 7 }, 'key set', {}, false],
    ['a list', { iss: [ONE] }, 'key set', known, false],
    ['a text with NUL', { iss: 'a\0b' }, 'key set', {}, false],
  ])('%s', (_, claims, by, rules, good) => {
    expect(isGood(claims, by, rules)).toBe(good)
  })

  test('one sub of two issuers is two viewers, and whatever they are called no two share a key', () => {
    const text = fc.stringMatching(/^[a-z\n/:]{1,3}$/)
    const issuer = fc.option(text, { nil: undefined })
    fc.assert(
      fc.property(text, issuer, text, issuer, (sub, iss, otherSub, otherIss) => {
        const [one, other] = [asked({ sub, iss }), asked({ sub: otherSub, iss: otherIss })]
        if (typeof one === 'string' || typeof other === 'string') throw new Error('refused')
        expect(one.key === other.key).toBe(sub === otherSub && iss === otherIss)
      }),
    )
  })
})

test('one token is one voter at every ingest that takes it, whichever issuers and claims each of them knows', () => {
  const claims = { sub: '42', iss: ONE, aud: 'roar' }
  const keyAt = (by: SignedBy, rules: Partial<TokenRules>) => (asked(claims, by, rules) as Viewer).key
  const audiences = ['roar']
  const keys = [
    keyAt('key set', { audiences }),
    keyAt('key set', { audiences: ['roar', 'other'], issuers: [ONE] }),
    keyAt('secret', { audiences, issuers: [TWO, ONE] }),
    keyAt('key set', { audiences, verified: [rule('sub=42')] }),
  ]
  expect(new Set(keys).size).toBe(1)
  expect(asked(claims, 'key set', { audiences, issuers: [TWO] })).toBeString()
})

test('the trail tells apart who is called alike by two issuers', () => {
  expect(asked({ sub: '42' }, 'secret')).toMatchObject({ who: '42' })
  expect(asked({ sub: '42', iss: ONE })).toMatchObject({ who: `42 of ${ONE}` })
})

test('a show that cannot be is for no show, and never for all', () => {
  for (const show of ['Other_2026', ['final'], '', null, 7, {}]) expect(isGood({ show })).toBe(false)
  expect(asked({ show: 'final' })).toMatchObject({ show: 'final' })
})

test('what would be one viewer for two once it is hashed or stored is no sub', () => {
  const invalid = new TextDecoder().decode(new Uint8Array([0x61, 0xff]))
  for (const sub of ['\ud800', 'a\udfff', 'a\ufffd', invalid, 'a\0b', '', 'x'.repeat(257), 7, null, ['ann']])
    expect(isGood({ sub })).toBe(false)
  expect(isGood({ sub: '👩🏽‍🚀 မြို့' })).toBe(true)
})

test('no number without an end is a time', () => {
  const now = 1_795_000_000
  const claims = (json: string) => JSON.parse(`{"sub":"ann",${json}}`)
  for (const json of ['"exp":1e400', `"exp":${now + 9},"iat":1e400`, `"exp":${now + 9},"nbf":-1e400`])
    expect(timesFault(claims(json), now)).toEndWith('must be a number')
  expect(timesFault(claims(`"exp":${now + 9}`), now)).toBeUndefined()
})

describe('who is a producer', () => {
  const roles = { producer: [rule('role=producer'), rule(`${ONE} realm_access.roles=roar-producer`)] }
  const nested = { realm_access: { roles: ['viewer', 'roar-producer'] } }
  test.each<[string, object, SignedBy, boolean]>([
    ['whom the secret signs for', { role: 'producer' }, 'secret', true],
    ['nobody of the key set by the claim of the secret', { role: 'producer', iss: ONE }, 'key set', false],
    ['whom the named issuer says', { iss: ONE, ...nested }, 'key set', true],
    ['nobody of another issuer', { iss: TWO, ...nested }, 'key set', false],
    ['nobody of no issuer', nested, 'key set', false],
    ['nobody by a claim of the prototype', { iss: ONE, realm_access: [] }, 'key set', false],
  ])('%s', (_, claims, by, producer) => {
    expect(asked(claims, by, roles)).toMatchObject({ viewer: 'ann' })
    expect((asked(claims, by, roles) as { role?: string }).role === 'producer').toBe(producer)
  })

  test('a claim may have dots in its name, and be a number or a truth', () => {
    for (const [text, claims] of [
      ['https://roar.example/role=producer', { 'https://roar.example/role': 'producer' }],
      ['level=7', { level: 7 }],
      ['staff=true', { staff: true }],
      ['a=b=c', { a: 'b=c' }],
    ] as const)
      expect(asked(claims, 'secret', { producer: [rule(text)] })).toMatchObject({ role: 'producer' })
    for (const text of ['constructor.name=Object', 'toString=x', 'a=[object Object]'])
      expect(asked({ a: {} }, 'secret', { producer: [rule(text)] })).not.toHaveProperty('role')
  })

  test('what is no rule is none', () => {
    for (const text of ['', 'role', '=x', 'role=', 'a b c=d']) expect(parseClaimRule(text)).toBeUndefined()
  })
})

test('verified is whom an issuer vouches for, and a guest is whom this server made one', () => {
  const verified = [rule(`${ONE} phone_number_verified=true`)]
  expect(asked({ iss: ONE, phone_number_verified: true }, 'key set', { verified })).toMatchObject({
    verified: true,
  })
  expect(asked({ phone_number_verified: true }, 'secret', { verified })).not.toHaveProperty('verified')
  const sub = newGuest()
  expect(asked({ sub }, 'secret')).toMatchObject({ guest: true })
  for (const [claims, by] of [
    [{ sub }, 'key set'],
    [{ sub, iss: ONE }, 'secret'],
    [{ sub: 'ann' }, 'secret'],
  ] as const)
    expect(asked(claims, by)).not.toHaveProperty('guest')
})

test('a token whose end is in milliseconds, or beyond all dates, does not last for ever: it is refused', () => {
  const faultOf = (exp: number) => timesFault({ sub: 'ann', exp }, 1_800_000_000)
  expect(faultOf(253_402_300_799)).toBeUndefined()
  for (const exp of [253_402_300_800, 1_800_000_000_000, 1e15, 1e300])
    expect(faultOf(exp)).toContain('must be seconds')
})

test('a time between two seconds is a whole number of milliseconds, as all times here are', () => {
  const exp = 1_800_000_000.123456
  expect(asked({ exp, iat: exp })).toMatchObject({ expires: 1_800_000_000_123, issued: 1_800_000_000_123 })
})
