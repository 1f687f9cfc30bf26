import { expect, test } from 'bun:test'
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Identity } from './identity.ts'

const secret = new Uint8Array(32)

/** A key server that answers as it is told, and a token that its key has signed. */
async function keyServer(answer: (keys: object) => Response) {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'EdDSA' }] }
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => answer(keys) })
  const tokenBy = (kid: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid })
      .setSubject('ann')
      .setExpirationTime('1h')
      .sign(privateKey)
  const identity = new Identity({ secret, jwks: new URL(server.url), guests: false })
  return { identity, tokenBy, stop: () => server.stop(true) }
}

test('a token is checked by the key set at an address, and one of a key that is not in it is refused', async () => {
  const { identity, tokenBy, stop } = await keyServer((keys) => Response.json(keys))
  expect(await identity.verify(await tokenBy('one'))).toMatchObject({ viewer: 'ann' })
  await expect(identity.verify(await tokenBy('two'))).rejects.toMatchObject({ code: 'unauthorized' })
  await stop()
})

for (const [why, answer] of [
  ['is busy', () => new Response('busy', { status: 500 })],
  ['answers with something else', () => Response.json({ hello: 'world' })],
] as const) {
  test(`a good token is not called bad because the key server ${why}: it can be sent again`, async () => {
    const { identity, tokenBy, stop } = await keyServer(answer)
    const refused = identity.verify(await tokenBy('one'))
    await expect(refused).rejects.toMatchObject({ code: 'keys_unavailable', retryable: true })
    await stop()
  })
}

test('a good token is not called bad because the key server is gone', async () => {
  const { identity, tokenBy, stop } = await keyServer(() => new Response())
  await stop()
  await expect(identity.verify(await tokenBy('one'))).rejects.toMatchObject({ code: 'keys_unavailable' })
})

test.each([
  ['two keys of one name', 'one'],
  ['no name in the token', undefined],
])('of several keys that a token may mean each is tried: %s', async (_, kid) => {
  const pairs = await Promise.all([1, 2, 3].map(() => generateKeyPair('EdDSA')))
  const keys = await Promise.all(
    pairs.slice(0, 2).map(async ({ publicKey }) => ({
      ...(await exportJWK(publicKey)),
      ...{ kid: 'one', alg: 'EdDSA' },
    })),
  )
  const identity = new Identity({ secret, jwks: { keys }, guests: false })
  const verified = async ({ privateKey }: (typeof pairs)[number], exp: string) => {
    const header = { alg: 'EdDSA', ...(kid !== undefined && { kid }) }
    const token = new SignJWT({}).setProtectedHeader(header).setSubject('ann').setExpirationTime(exp)
    return identity.verify(await token.sign(privateKey)).then(
      ({ viewer }) => viewer,
      ({ code }: { code: string }) => code,
    )
  }
  const [first, second, stranger] = pairs
  expect(await Promise.all([verified(first!, '1h'), verified(second!, '1h')])).toEqual(['ann', 'ann'])
  expect(await verified(stranger!, '1h')).toBe('unauthorized')
  expect(await verified(second!, '-1h')).toBe('unauthorized')
})

test.each([
  ['of the same name', 'one'],
  ['without a name', undefined],
])('a key %s that took the place of another verifies at once, for all who come with it', async (_, kid) => {
  const pairs = await Promise.all([1, 2, 3].map(() => generateKeyPair('EdDSA')))
  let [current] = pairs
  let asked = 0
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async () => {
      asked++
      const key = { ...(await exportJWK(current!.publicKey)), alg: 'EdDSA' }
      return Response.json({ keys: [{ ...key, ...(kid !== undefined && { kid }) }] })
    },
  })
  let nowMs = 0
  const identity = new Identity({
    secret,
    jwks: new URL(server.url),
    guests: false,
    passedMs: () => nowMs,
  })
  const verified = async ({ privateKey }: (typeof pairs)[number], sub: string) => {
    const header = { alg: 'EdDSA', ...(kid !== undefined && { kid }) }
    const token = new SignJWT({}).setProtectedHeader(header).setSubject(sub).setExpirationTime('1h')
    return identity.verify(await token.sign(privateKey)).then(
      ({ viewer }) => viewer,
      ({ code }: { code: string }) => code,
    )
  }
  const [first, second, stranger] = pairs as [(typeof pairs)[0], (typeof pairs)[0], (typeof pairs)[0]]
  expect(await verified(first, 'ann')).toBe('ann')
  current = second
  nowMs += 5_000
  const both = ['ben', 'cleo', 'dan']
  expect(await Promise.all(both.map((sub) => verified(second, sub)))).toEqual(both)
  expect(asked).toBe(2)
  // Forged ones make it ask no more often than tokens of unknown keys do.
  nowMs += 5_000
  expect(await Promise.all([1, 2, 3].map(() => verified(stranger, 'eve')))).toEqual(
    [1, 2, 3].map(() => 'unauthorized'),
  )
  expect(await verified(stranger, 'eve')).toBe('unauthorized')
  expect(await verified(second, 'fay')).toBe('fay')
  expect(asked).toBe(3)
  await server.stop(true)
})

test("the scheme's name has no case", async () => {
  const identity = new Identity({ secret, guests: true })
  const { token, viewer } = await identity.issueGuest('Ann')
  for (const scheme of ['Bearer', 'bearer', 'BEARER'])
    expect(identity.viewerAtOnce(`${scheme} ${token}`, 'final')).toMatchObject({ viewer })
  expect(identity.viewerAtOnce(`Basic ${token}`, 'final')).toBeUndefined()
})

test('what the library takes and the server must not is refused: one that is for others, without an end, for two', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'EdDSA' }] }
  const identity = new Identity({ secret, jwks, guests: false })
  const nowS = Math.floor(Date.now() / 1000)
  const verified = async (claims: string | Uint8Array) =>
    identity.verify(
      await new CompactSign(typeof claims === 'string' ? new TextEncoder().encode(claims) : claims)
        .setProtectedHeader({ alg: 'EdDSA' })
        .sign(privateKey),
    )
  const good = `"sub":"ann","exp":${nowS + 60}`
  expect(await verified(`{${good},"nbf":${nowS + 2},"iat":${nowS + 2}}`)).toMatchObject({ viewer: 'ann' })
  const invalid = Buffer.from(`{${good.replace('ann', 'a?')}}`)
  invalid[invalid.indexOf('?')] = 0xff
  for (const claims of [
    `{${good},"aud":"shop","role":"producer"}`,
    `{${good},"show":"Other_2026"}`,
    `{${good},"nbf":${nowS + 60}}`,
    `{"sub":"ann","exp":1e400}`,
    `{"sub":"ann","exp":${nowS - 1}}`,
    `{"sub":"\\ud800","exp":${nowS + 60}}`,
    invalid,
  ])
    await expect(verified(claims)).rejects.toMatchObject({ code: 'unauthorized' })
  const [one, two] = [await verified(`{${good},"iss":"one"}`), await verified(`{${good},"iss":"two"}`)]
  expect(one.key).not.toBe(two.key)
  expect(identity.hashOf(one.key)).not.toBe(identity.hashOf(two.key))
})
