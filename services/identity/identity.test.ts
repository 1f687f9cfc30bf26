import { expect, test } from 'bun:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
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

test("the scheme's name has no case", async () => {
  const identity = new Identity({ secret, guests: true })
  const { token, viewer } = await identity.issueGuest('Ann')
  for (const scheme of ['Bearer', 'bearer', 'BEARER'])
    expect(identity.viewerAtOnce(`${scheme} ${token}`, 'final')).toMatchObject({ viewer })
  expect(identity.viewerAtOnce(`Basic ${token}`, 'final')).toBeUndefined()
})
