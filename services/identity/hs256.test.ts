import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { LEEWAY_S } from './claims.ts'
import { Hs256 } from './hs256.ts'

const secret = new TextEncoder().encode('a secret that is long enough for it')
const other = new TextEncoder().encode('another secret that is long enough.')
const NOW_S = Math.floor(Date.now() / 1000)

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = (header: string, claims: string, key: Uint8Array) => {
  const input = `${header}.${claims}`
  return `${input}.${new Bun.CryptoHasher('sha256', key).update(input).digest('base64url')}`
}

/** What the library says, as the server asks it. Its tolerance is for `exp` too, where ours has none, and for `iat` it has none. */
const reference = (token: string) =>
  jwtVerify(token, secret, {
    algorithms: ['HS256'],
    requiredClaims: ['sub', 'exp'],
    currentDate: new Date(NOW_S * 1000),
    clockTolerance: LEEWAY_S,
  }).then(
    ({ payload }) =>
      payload.exp! <= NOW_S || (payload.iat !== undefined && payload.iat > NOW_S + LEEWAY_S)
        ? undefined
        : payload,
    () => undefined,
  )
const ours = (token: string) => {
  const verdict = new Hs256(secret).verify(token, NOW_S * 1000 + 999)
  return typeof verdict === 'object' ? verdict : undefined
}

const claimSet = fc.record(
  {
    sub: fc.oneof(fc.string(), fc.constant(undefined), fc.integer()),
    exp: fc.oneof(
      fc.integer({ min: NOW_S - 3, max: NOW_S + 3 }),
      fc.constant(NOW_S + 1000),
      fc.constant(undefined),
      fc.constant('soon'),
    ),
    nbf: fc.oneof(fc.integer({ min: NOW_S - 2, max: NOW_S + 8 }), fc.constant('now')),
    iat: fc.oneof(fc.integer(), fc.integer({ min: NOW_S - 2, max: NOW_S + 8 }), fc.constant('then')),
    name: fc.string(),
    show: fc.string(),
  },
  { requiredKeys: [] },
)

test('every token is taken or refused as the library does: valid, forged, expired, not yet valid, without sub or exp', async () => {
  await fc.assert(
    fc.asyncProperty(
      claimSet,
      fc.constantFrom<unknown>(
        { alg: 'HS256' },
        { alg: 'HS256', typ: 'JWT' },
        { typ: 'JWT', alg: 'HS256', kid: 'x' },
        { alg: 'HS384' },
        { alg: 'none' },
        { alg: 'hs256' },
        { alg: 'HS256', crit: ['exp'], exp: 1 },
        {},
        [],
        'HS256',
      ),
      fc.constantFrom(secret, secret, secret, other),
      async (claims, header, key) => {
        const token = signed(part(header), part(claims), key)
        const verdict = ours(token)
        const expected = await reference(token)
        // What it leaves to the library is for the library to take.
        if (new Hs256(secret).verify(token, NOW_S * 1000) === undefined) return
        expect(verdict).toEqual(expected)
      },
    ),
    { numRuns: 500 },
  )
})

test('the second of the end is over; an issuer whose clock is a few seconds ahead is believed', async () => {
  const header = part({ alg: 'HS256' })
  for (const [claims, good] of [
    [{ exp: NOW_S }, false],
    [{ exp: NOW_S + 1 }, true],
    [{ exp: NOW_S + 1, nbf: NOW_S }, true],
    [{ exp: NOW_S + 9, nbf: NOW_S + 2, iat: NOW_S + 2 }, true],
    [{ exp: NOW_S + 9, nbf: NOW_S + LEEWAY_S + 1 }, false],
    [{ exp: NOW_S + 9, iat: NOW_S + LEEWAY_S + 1 }, false],
  ] as const) {
    const token = signed(header, part({ sub: 'ann', ...claims }), secret)
    expect(ours(token) !== undefined).toBe(good)
    expect((await reference(token)) !== undefined).toBe(good)
  }
})

test('a valid token changed by one character, cut or stretched is not valid', async () => {
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('ann')
    .setExpirationTime('1h')
    .sign(secret)
  expect(ours(token)).toMatchObject({ sub: 'ann' })
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'aZ0_-.=+ é'), async (at, character) => {
      if (token[at] === character) return
      const changed = token.slice(0, at) + character + token.slice(at + 1)
      expect(ours(changed)).toBeUndefined()
      expect(ours(token.slice(0, at))).toBeUndefined()
      expect(ours(token + character)).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})

test('what is not HS256 is left to the library, and never taken by the secret', async () => {
  const verify = (token: string) => new Hs256(secret).verify(token, NOW_S * 1000)
  for (const alg of ['EdDSA', 'ES256', 'RS256'] as const) {
    const { privateKey } = await generateKeyPair(alg)
    const token = await new SignJWT({ sub: 'ann' })
      .setProtectedHeader({ alg })
      .setExpirationTime('1h')
      .sign(privateKey)
    expect(verify(token)).toBeUndefined()
  }
  const none = `${part({ alg: 'none' })}.${part({ sub: 'ann', exp: NOW_S + 60 })}.`
  expect(verify(none)).toBeUndefined()
  expect(verify('')).toBeUndefined()
  expect(verify('a.b')).toBeUndefined()
  expect(verify('....')).toBeUndefined()
})
