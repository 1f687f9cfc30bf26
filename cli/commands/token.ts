import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { decodeJwt, type JWTPayload, SignJWT } from 'jose'
import * as v from 'valibot'
import { RoarError } from '../../protocol/errors.ts'
import { parseClaimRule } from '../../services/identity/claim-rule.ts'
import type { Viewer } from '../../services/identity/claims.ts'
import type { Revocation } from '../../services/identity/revocations.ts'
import { AUTH_SETTINGS } from '../../services/identity/settings.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { namesOf, switchSetting, type ValuesOf } from '../../settings/setting.ts'
import { duration } from '../../settings/times.ts'
import { httpAddress } from '../../settings/values.ts'
import { type ClientOptions, call, refused } from '../client.ts'
import { secretOf } from '../data-folder.ts'
import { identityOf } from '../from-config.ts'
import { printOwnerLink } from '../owner-link.ts'
import { entriesOf } from '../revoked.ts'
import { clock } from '../time-text.ts'
import { writeWhole } from '../whole-file.ts'
import { AS, flag, many, print } from './client-command.ts'
import { command } from './command.ts'

/** The settings that decide whose tokens the server accepts. */
const SERVERS = ['data', ...namesOf(AUTH_SETTINGS)] as const
type Servers = ValuesOf<typeof AUTH_SETTINGS> & { data: string }

const NOTES = `Default secret: the one in the server's data folder.`
const DEFAULT_MS = 3_600_000

const OWNER = {
  sub: flag(v.string(), 'The id of the token’s owner (sub).', 'ID'),
  issuer: flag(v.string(), 'The issuer (iss).', 'ISSUER'),
}

const CLAIMS = {
  ...OWNER,
  name: flag(v.string(), 'The name shown with the viewer’s posts.'),
  segment: flag(v.string(), 'The segment of the viewer.', 'ID'),
  show: flag(v.string(), 'The only show for which the token is valid.', 'ID'),
  audience: flag(v.string(), 'The audience (aud).', 'AUDIENCE'),
  producer: switchSetting('Make it a producer’s token, with the claim of auth-producer.'),
  claim: many('Another claim, as text; repeat for each.', 'NAME=VALUE'),
  expires: flag(duration, 'How long until it expires. Default 1h.', 'LENGTH'),
}

const REVOKED = {
  // No default from the environment: an address there does not mean that this command should call it.
  url: flag(httpAddress, 'The address of the studio. Default: write the file auth-revoked.', 'ADDRESS'),
  ...OWNER,
  jti: flag(v.string(), 'The id of the token to revoke (jti).', 'ID'),
  expires: flag(duration, 'With --sub or --jti: how long until the token expires.', 'LENGTH'),
  ...AS,
}

type Claims = ValuesOf<typeof CLAIMS>
type Named = Pick<ValuesOf<typeof REVOKED>, 'jti' | 'sub' | 'issuer' | 'expires'>

export const commands = [
  command({
    name: 'token make',
    summary: "prints a token signed with the server's secret",
    settings: SERVERS,
    flags: CLAIMS,
    examples: [
      'roar token make --sub ann --name Ann --show final --expires 30m',
      'roar token make --sub backend --producer --expires 8h --auth-secret-file /run/secrets/roar',
    ],
    notes: NOTES,
    run: (values) => make(values, values),
  }),
  command({
    name: 'token check',
    summary: 'prints whom the server identifies by a token, or why it rejects it',
    args: ['[TOKEN]'],
    settings: SERVERS,
    examples: ['roar token check < token.txt'],
    notes: `Without TOKEN it is read from standard input. One that is refused is exit code 1. ${NOTES}`,
    run: async (config, [token]) => check(token ?? (await Bun.stdin.text()).trim(), config),
  }),
  command({
    name: 'token revoke',
    summary: 'revokes a token, or all tokens of its owner, on every server',
    args: ['[TOKEN]'],
    settings: [...SERVERS, 'token'],
    flags: REVOKED,
    examples: [
      'roar token revoke --url https://studio.example < token.txt',
      'roar token revoke --url https://studio.example --sub ann --issuer https://login.example --expires 30d',
      'roar token revoke --auth-revoked /etc/roar/revoked < token.txt',
    ],
    notes: `Without TOKEN, --jti and --sub it is read from standard input; one without a jti stands for all tokens of its owner. The
studio is asked as the producer of the token setting or, without one, by one that is signed with the secret, and every server
obeys within two seconds. Without --url the token is added to the file auth-revoked; what has expired stays in it
up to 100,000 entries, as this machine's clock may be ahead.`,
    run: (values, [token]) => revoke(values, token),
  }),
  command({
    name: 'token owner-link',
    summary: 'prints a link that creates another owner of the studio; it works once, within a day',
    settings: ['data', 'store', 'host', 'port', 'public-url', 'tls-cert'],
    examples: [
      'roar token owner-link --data ./roar-data',
      'roar token owner-link --store postgres://roar@db/roar',
    ],
    notes: 'Use it when no owner of the studio can sign in. The server may be running.',
    run: (config) => printOwnerLink(config),
  }),
]

async function make(values: Claims, config: Servers): Promise<number> {
  const { sub, name, segment, show, issuer: iss, audience: aud, expires = DEFAULT_MS } = values
  if (sub === undefined) throw new ConfigError('--sub', 'is missing: the owner of the token')
  const given = { name, segment, show, iss, aud }
  const producer = values.producer ? producerClaim(config) : {}
  const others = claimsIn(values.claim, Object.keys(producer))
  const token = await new SignJWT({ ...given, ...producer, ...others } as JWTPayload)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setJti(randomUUID())
    .setIssuedAt(Math.floor(Date.now() / 1000))
    .setExpirationTime(expiryOf(expires))
    .sign(secretOf(config))
  const taken = await takenBy(config, token)
  return taken instanceof RoarError ? fail(taken) : print(`${token}\n`)
}

async function check(token: string, config: Servers): Promise<number> {
  const taken = await takenBy(config, token)
  if (taken instanceof RoarError) return fail(taken)
  const { key: _, who: __, ...viewer } = taken
  return print({ ...viewer, expires: decodeJwt(token).exp! * 1000 })
}

async function revoke(
  values: Servers & ValuesOf<typeof REVOKED> & Pick<ClientOptions, 'token'>,
  token: string | undefined,
): Promise<number> {
  const { url } = values
  const named = entryNamed(values)
  if (named !== undefined && token !== undefined)
    throw new ConfigError('token', 'give either a token, or --jti or --sub')
  const given = token ?? (named === undefined ? (await Bun.stdin.text()).trim() : '')
  if (url === undefined) return revokeInFile(named ?? given, values)
  const entry = named ?? entryOf(given)
  const answered = await call({ ...values, url }, 'POST', '/v1/studio/revocations', entry)
  return answered.ok
    ? print(`Every server refuses it until it expires, ${expiryIn(entry)}.\n`)
    : refused(answered)
}

/** The revocation that the flags describe, for use without a token. @throws ConfigError */
function entryNamed({ jti, sub, issuer: iss, expires }: Named): Revocation | undefined {
  if (jti === undefined && sub === undefined) return undefined
  if (jti !== undefined && sub !== undefined)
    throw new ConfigError('--jti', 'conflicts with --sub: it names one token, --sub all of an owner')
  if (expires === undefined)
    throw new ConfigError('--expires', 'is missing: how long until the token expires')
  const exp = expiryOf(expires)
  return jti === undefined ? { sub: sub!, ...(iss !== undefined && { iss }), exp } : { jti, exp }
}

/** In seconds since 1970, as tokens have it. */
const expiryOf = (ms: number): number => Math.floor((Date.now() + ms) / 1000)
const expiryIn = ({ exp }: Revocation): string => clock(exp * 1000)

/** The revocation of a token, from its own claims. @throws ConfigError */
function entryOf(token: string): Revocation {
  try {
    const { jti, sub, iss, exp } = decodeJwt(token)
    return (jti === undefined ? { sub, iss, exp } : { jti, exp }) as Revocation
  } catch {
    throw new ConfigError('token', 'is not a readable token')
  }
}

/** Adds no entry for a token that the server refuses anyway, or that has expired. */
async function revokeInFile(token: string | Revocation, config: Servers): Promise<number> {
  const file = config['auth-revoked']
  if (file === '')
    throw new ConfigError(
      'auth-revoked',
      'is missing: the file that the servers read; or give --url, the address of the studio',
    )
  const taken = typeof token === 'string' && (await takenBy({ ...config, 'auth-revoked': '' }, token))
  if (taken instanceof RoarError) return fail(taken)
  const entry = typeof token === 'string' ? entryOf(token) : token
  const known = existsSync(file) ? entriesOf(file, Date.now()) : []
  writeWhole(file, [...known, entry].map((each) => `${JSON.stringify(each)}\n`).join(''))
  return print(
    `${file} has it until it expires, ${expiryIn(entry)}: servers that read it obey within seconds.\n`,
  )
}

const fail = ({ code, message }: RoarError): number => refused({ ok: false, body: { code, detail: message } })

/** The viewer that the server takes the token's owner for, or why it refuses. */
const takenBy = (config: Servers, token: string): Promise<Viewer | RoarError> =>
  identityOf(config, secretOf(config))
    .verify(token)
    .catch((cause) => {
      if (cause instanceof RoarError) return cause
      throw cause
    })

/** The claim that makes a producer of a token signed with the secret, by the settings. */
function producerClaim(config: Servers): Record<string, unknown> {
  const rule = config['auth-producer'].map(parseClaimRule).find((rule) => rule?.issuer === undefined)
  if (rule === undefined) {
    throw new ConfigError('--producer', 'is impossible: auth-producer has no rule for tokens of this secret')
  }
  return { [rule.claim]: rule.value }
}

/** What sets a claim that `--claim` must not. */
const SET_BY: ReadonlyMap<string, string> = new Map([
  ...(['sub', 'name', 'segment', 'show'] as const).map((name) => [name, `--${name}`] as const),
  ...([
    ['iss', '--issuer'],
    ['aud', '--audience'],
    ['exp', '--expires'],
  ] as const),
  ...(['iat', 'jti'] as const).map((name) => [name, 'the command itself'] as const),
])

/** Claims are texts; only an issuer writes other types. @param producers Those that `--producer` sets. */
function claimsIn(given: readonly string[], producers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [name, ...value] = text.split('=')
      if (!name || value.length === 0)
        throw new ConfigError('--claim', `${JSON.stringify(text)} is not NAME=VALUE`)
      const by = producers.includes(name) ? '--producer' : SET_BY.get(name)
      if (by !== undefined)
        throw new ConfigError('--claim', `${JSON.stringify(text)} is refused: ${name} is set by ${by}`)
      return [name, value.join('=')]
    }),
  )
}
