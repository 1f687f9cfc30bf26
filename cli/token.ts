import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { decodeJwt, type JWTPayload, SignJWT } from 'jose'
import { RoarError } from '../protocol/errors.ts'
import { parseClaimRule } from '../services/identity/claim-rule.ts'
import type { Viewer } from '../services/identity/claims.ts'
import type { Revocation } from '../services/identity/revocations.ts'
import { ConfigError } from '../settings/config-error.ts'
import { call, refused } from './client.ts'
import { readConfig } from './config.ts'
import { secretOf } from './data-folder.ts'
import { identityOf } from './from-config.ts'
import { printOwnerLink } from './owner-link.ts'
import { parseFlags } from './parse-flags.ts'
import { entriesOf } from './revoked.ts'
import type { Config } from './settings.ts'
import { warnOnStderr } from './warnings.ts'
import { writeWhole } from './whole-file.ts'

const USAGE = `roar token make --sub ID [--name TEXT] [--segment ID] [--show ID] [--producer] [--expires 1h]
                [--issuer ISSUER] [--audience AUDIENCE] [--claim NAME=VALUE …]
roar token owner-link         for an operator whose studio has no owner who can sign in
roar token check [TOKEN]      without one it is read from standard input
roar token revoke [TOKEN]     the same; without a jti all tokens of its owner
roar token revoke --jti ID | --sub ID [--issuer ISSUER]  --expires 30d

make prints a token that the server of these settings takes, signed with its secret; --expires is in s, m, h or d.
owner-link prints a link, good once and for a day, that makes a further owner. It needs the store of these settings.
check says whom the server of these settings takes the token's owner for, or why it refuses it, with exit code 1.
revoke with --url ADDRESS of the studio revokes it at every server within two seconds, as the producer of --token or, without one, signed
with the secret; --as NAME is who the trail says it was. Without --url it adds the token to the file auth-revoked, until it
expires, and takes those out that have.

Settings, as flags, as ROAR_… in the environment, or in a file:
  --config FILE, --data DIR, --auth-secret SECRET, --auth-secret-file FILE, --auth-jwks PLACE,
  --store STORE, --public-url URL, --auth-issuer LIST, --auth-audience LIST, --auth-producer LIST, --auth-verified LIST,
  --auth-revoked FILE
Without auth-secret it is the secret that the server keeps in its data folder.
`
const SETTINGS_TAKEN = [
  'config',
  'data',
  'store',
  'public-url',
  'auth-secret',
  'auth-secret-file',
  'auth-jwks',
  'auth-revoked',
  'auth-issuer',
  'auth-audience',
  'auth-producer',
  'auth-verified',
] as const
const UNIT_S = { s: 1, m: 60, h: 3600, d: 86_400 }

type Values = ReturnType<typeof read>['values']

/** `roar token`. Returns 0, or 1 for a token that is refused. @throws ConfigError for bad arguments */
export async function runToken(argv: string[]): Promise<number> {
  const { values, positionals } = read(argv)
  const [action, token, ...more] = positionals
  if (values.help || action === undefined) {
    process.stdout.write(USAGE)
    return 0
  }
  const config = configOf(values)
  if (action === 'make' && token === undefined) return make(values, config)
  if (action === 'owner-link' && token === undefined) return printOwnerLink(config)
  if (action === 'check' && more.length === 0) return check(token ?? (await Bun.stdin.text()).trim(), config)
  if (action === 'revoke' && more.length === 0) return revoke(values, token, config)
  throw new ConfigError('token', 'is make or owner-link with flags alone, or check or revoke with one token')
}

async function make(values: Values, config: Config): Promise<number> {
  const { sub, name, segment, show, issuer: iss, audience: aud } = values
  if (sub === undefined) throw new ConfigError('--sub', 'is missing: whose token it is')
  const given = { name, segment, show, iss, aud }
  const claims = values.producer ? { ...given, ...producerClaim(config) } : given
  const nowS = Math.floor(Date.now() / 1000)
  const token = await new SignJWT({ ...claims, ...claimsIn(values.claim ?? []) } as JWTPayload)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setJti(randomUUID())
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + secondsOf(values.expires ?? '1h'))
    .sign(secretOf(config))
  const taken = await takenBy(config, token)
  if (taken instanceof RoarError) return fail(taken)
  process.stdout.write(`${token}\n`)
  return 0
}

async function check(token: string, config: Config): Promise<number> {
  const taken = await takenBy(config, token)
  if (taken instanceof RoarError) return fail(taken)
  const { key: _, who: __, ...viewer } = taken
  const said = { ...viewer, expires: decodeJwt(token).exp! * 1000 }
  process.stdout.write(`${JSON.stringify(said, undefined, 1)}\n`)
  return 0
}

async function revoke(values: Values, token: string | undefined, config: Config): Promise<number> {
  const { url, as, token: producer = process.env.ROAR_TOKEN ?? '' } = values
  const named = entryNamed(values)
  if (named !== undefined && token !== undefined)
    throw new ConfigError('token', 'is revoked by itself, or by --jti or --sub')
  const given = token ?? (named === undefined ? (await Bun.stdin.text()).trim() : '')
  if (url === undefined) return revokeInFile(named ?? given, config)
  const path = '/v1/studio/revocations'
  const answered = await call({ ...config, url, as, token: producer }, 'POST', path, named ?? entryOf(given))
  return answered.ok ? 0 : refused(answered)
}

/** What the flags say without a token. @throws ConfigError */
function entryNamed({ jti, sub, issuer: iss, expires }: Values): Revocation | undefined {
  if (jti === undefined && sub === undefined) return undefined
  if (jti !== undefined && sub !== undefined)
    throw new ConfigError('--jti', 'is one token, and --sub all of them')
  if (expires === undefined) throw new ConfigError('--expires', 'is missing: in what time the token expires')
  const exp = Math.floor(Date.now() / 1000) + secondsOf(expires)
  return jti === undefined ? { sub: sub!, ...(iss !== undefined && { iss }), exp } : { jti, exp }
}

/** What revokes a token, as it says itself. @throws ConfigError */
function entryOf(token: string): Revocation {
  try {
    const { jti, sub, iss, exp } = decodeJwt(token)
    return (jti === undefined ? { sub, iss, exp } : { jti, exp }) as Revocation
  } catch {
    throw new ConfigError('token', 'is no token that can be read')
  }
}

/** One that the server would refuse anyway, or takes no more, needs no entry. */
async function revokeInFile(token: string | Revocation, config: Config): Promise<number> {
  const file = config['auth-revoked']
  if (file === '')
    throw new ConfigError(
      'auth-revoked',
      'is missing: the file that the servers read; or --url, where the studio is',
    )
  const taken = typeof token === 'string' && (await takenBy({ ...config, 'auth-revoked': '' }, token))
  if (taken instanceof RoarError) return fail(taken)
  const entry = typeof token === 'string' ? entryOf(token) : token
  const known = existsSync(file) ? entriesOf(file, Date.now()) : []
  writeWhole(file, [...known, entry].map((each) => `${JSON.stringify(each)}\n`).join(''))
  return 0
}

function fail({ code, message }: RoarError): number {
  process.stderr.write(`roar: ${code}: ${message}\n`)
  return 1
}

/** Whom the server takes the token's owner for, or why it refuses. */
const takenBy = (config: Config, token: string): Promise<Viewer | RoarError> =>
  identityOf(config, secretOf(config))
    .verify(token)
    .catch((cause) => {
      if (cause instanceof RoarError) return cause
      throw cause
    })

/** What the settings say makes a producer of whom the secret signs for. */
function producerClaim(config: Config): Record<string, unknown> {
  const rule = config['auth-producer'].map(parseClaimRule).find((rule) => rule?.issuer === undefined)
  if (rule === undefined) {
    throw new ConfigError('--producer', 'cannot be: auth-producer has no claim for tokens of this secret')
  }
  return { [rule.claim]: rule.value }
}

/** Texts; a claim of another kind is for an issuer to write. */
function claimsIn(given: string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [name, ...value] = text.split('=')
      if (!name || value.length === 0) throw new ConfigError('--claim', `${text} is not NAME=VALUE`)
      return [name, value.join('=')]
    }),
  )
}

function secondsOf(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? []
  if (number === undefined) throw new ConfigError('--expires', `${text} is not like 90s, 30m, 1h or 7d`)
  return Number(number) * UNIT_S[unit as keyof typeof UNIT_S]
}

function configOf(values: Values): Config {
  const argv = SETTINGS_TAKEN.flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}=${values[name]}`],
  )
  return readConfig({ argv, env: process.env, warn: warnOnStderr })
}

function read(argv: string[]) {
  const string = { type: 'string' } as const
  return parseFlags('token', {
    args: argv,
    allowPositionals: true,
    options: {
      config: string,
      data: string,
      store: string,
      'public-url': string,
      'auth-secret': string,
      'auth-secret-file': string,
      'auth-jwks': string,
      'auth-revoked': string,
      'auth-issuer': string,
      'auth-audience': string,
      'auth-producer': string,
      'auth-verified': string,
      sub: string,
      name: string,
      segment: string,
      show: string,
      issuer: string,
      audience: string,
      producer: { type: 'boolean', default: false },
      claim: { type: 'string', multiple: true },
      expires: string,
      jti: string,
      url: string,
      token: string,
      as: string,
      help: { type: 'boolean', default: false },
    },
  })
}
