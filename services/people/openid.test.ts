import { afterAll, afterEach, beforeAll, beforeEach, expect, setSystemTime, test } from 'bun:test'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import type { ErrorCode } from '../../protocol/errors.ts'
import { createOpenId, type OpenId } from './openid.ts'

const CLIENT = 'roar'
const SECRET = 'the secret of a client that is long enough for HS256'
const BACK = 'https://roar.example/v1/studio/openid/back'
type Key = Awaited<ReturnType<typeof newKey>>

async function newKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }
  return { kid, privateKey, jwk }
}

/** What a provider says, each of which may be a lie. */
interface Said {
  metadata: Record<string, unknown>
  keys: () => Response
  token: (nonce: string) => Promise<string | Response>
  user: Record<string, unknown>
}

let [key, other]: [Key, Key] = [undefined as never, undefined as never]
let said: Said
let server: ReturnType<typeof Bun.serve>
/** By the code of the way back: the nonce that the sign-in began with. */
const nonces = new Map<string, string>()
let issuer = ''

const signed = (claims: JWTPayload, by = key) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: by.kid }).sign(by.privateKey)
const nowS = () => Math.floor(Date.now() / 1000)
const claimsOf = (nonce: string): JWTPayload => ({
  ...{ iss: issuer, sub: 'pia', aud: CLIENT, nonce, iat: nowS(), exp: nowS() + 300 },
})
const without = (claims: JWTPayload, name: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims).filter(([each]) => each !== name))

beforeAll(async () => {
  ;[key, other] = [await newKey('k1'), await newKey('k2')]
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    routes: {
      '/.well-known/openid-configuration': () => Response.json(said.metadata),
      '/jwks': () => said.keys(),
      '/me': () => Response.json(said.user),
      '/token': async (request) => {
        const code = new URLSearchParams(await request.text()).get('code') ?? ''
        const token = await said.token(nonces.get(code) ?? '')
        if (token instanceof Response) return token
        return Response.json({ access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: token })
      },
    },
  })
  issuer = `http://127.0.0.1:${server.port}`
})
afterAll(() => server.stop(true))
afterEach(() => void setSystemTime())
beforeEach(() => {
  said = {
    metadata: {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/me`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    },
    keys: () => Response.json({ keys: [key.jwk] }),
    token: (nonce) => signed(claimsOf(nonce)),
    user: { sub: 'pia', email: 'pia@stadium.example' },
  }
})

const warned: string[] = []
const logger = { warn: ({ why }: { why: string }) => void warned.push(why) } as never
const newOpenId = (): OpenId =>
  createOpenId({ issuer, client: CLIENT, secret: SECRET, scope: 'openid', roles: [] }, logger)

/** Whom a whole way to the provider and back ends with, or the code of the refusal. @param asked What the way back has besides. */
async function signIn(openId = newOpenId(), asked: Record<string, string> = {}): Promise<string> {
  try {
    const { address, journey } = await openId.begin(BACK)
    const code = crypto.randomUUID()
    nonces.set(code, address.searchParams.get('nonce')!)
    const back = new URL(BACK)
    back.search = new URLSearchParams({ code, state: journey.state, ...asked }).toString()
    return (await openId.finish(back, journey)).sub
  } catch (cause) {
    const { code } = cause as { code: ErrorCode }
    return code
  }
}

test('whom an honest provider signs in is who it says', async () => {
  expect(await signIn()).toBe('pia')
})

test.each<[string, Said['token']]>([
  ['of another issuer', (nonce) => signed({ ...claimsOf(nonce), iss: 'https://elsewhere.example' })],
  ['of another sign-in', () => signed(claimsOf('another nonce'))],
  ['of no sign-in', (nonce) => signed(without(claimsOf(nonce), 'nonce'))],
  ['for another client', (nonce) => signed({ ...claimsOf(nonce), aud: 'another' })],
  [
    'for several clients that another asked for',
    (nonce) => signed({ ...claimsOf(nonce), aud: [CLIENT, 'another'], azp: 'another' }),
  ],
  ['that has expired', (nonce) => signed({ ...claimsOf(nonce), iat: nowS() - 900, exp: nowS() - 600 })],
  ['that never expires', (nonce) => signed(without(claimsOf(nonce), 'exp'))],
  ['of nobody', (nonce) => signed(without(claimsOf(nonce), 'sub'))],
  ['by a key that is not the provider’s', (nonce) => signed(claimsOf(nonce), other)],
  [
    'by another key under the name of the provider’s',
    (nonce) => signed(claimsOf(nonce), { ...other, kid: key.kid }),
  ],
  ['that nobody signed', async (nonce) => new UnsecuredJWT(claimsOf(nonce)).encode()],
  [
    'signed with what the client knows',
    (nonce) =>
      new SignJWT(claimsOf(nonce))
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(SECRET)),
  ],
  ['that is none', async () => 'a.b.c'],
])('a token %s signs nobody in', async (_, token) => {
  said.token = token
  expect(await signIn()).toBe('wrong_sign_in')
})

test('a code that was used, or is another’s, signs nobody in', async () => {
  said.token = async () => Response.json({ error: 'invalid_grant' }, { status: 400 })
  expect(await signIn()).toBe('wrong_sign_in')
})

test('what the provider says of somebody else is taken for nobody', async () => {
  said.user = { sub: 'tom', email: 'tom@stadium.example' }
  expect(await signIn()).toBe('wrong_sign_in')
})

test('an answer of another provider than was asked signs nobody in, nor one that does not say whose it is (RFC 9207)', async () => {
  expect(await signIn(newOpenId(), { iss: 'https://elsewhere.example' })).toBe('wrong_sign_in')
  said.metadata.authorization_response_iss_parameter_supported = true
  expect(await signIn()).toBe('wrong_sign_in')
  expect(await signIn(newOpenId(), { iss: issuer })).toBe('pia')
})

test('a provider that says to be another one is none', async () => {
  said.metadata.issuer = 'https://elsewhere.example'
  expect(await signIn()).toBe('sign_in_unavailable')
})

test('keys that the provider changes are found, at the next sign-in of the same process', async () => {
  const openId = newOpenId()
  expect(await signIn(openId)).toBe('pia')
  // Within a minute nobody asks twice for the keys, however many tokens name one that is not there.
  setSystemTime(Date.now() + 61_000)
  said.keys = () => Response.json({ keys: [other.jwk] })
  said.token = (nonce) => signed(claimsOf(nonce), other)
  expect(await signIn(openId)).toBe('pia')
})

test.each<[string, () => Partial<Said>]>([
  ['keys do not come', () => ({ keys: () => new Response('busy', { status: 503 }) })],
  [
    'keys are none',
    () => ({ keys: () => new Response('<html>', { headers: { 'content-type': 'text/html' } }) }),
  ],
  ['token does not come', () => ({ token: async () => new Response('busy', { status: 503 }) })],
  [
    'client is another',
    () => ({ token: async () => Response.json({ error: 'invalid_client' }, { status: 401 }) }),
  ],
  [
    'client is another, said as RFC 6749 has it',
    () => ({
      token: async () =>
        Response.json(
          { error: 'invalid_client' },
          { status: 401, headers: { 'www-authenticate': 'Basic realm="roar"' } },
        ),
    }),
  ],
])('a provider whose %s cannot sign anybody in, which is not the fault of who tries', async (_, change) => {
  Object.assign(said, change())
  warned.length = 0
  expect(await signIn()).toBe('sign_in_unavailable')
  expect(warned).toHaveLength(1)
})
