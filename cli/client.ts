import { hostname, userInfo } from 'node:os'
import { SignJWT } from 'jose'
import { ConfigError } from '../settings/config-error.ts'
import { secretOf } from './data-folder.ts'
import type { Config } from './settings.ts'

const TOKEN_TTL_S = 300
/** Longer than a seal of millions takes. */
const ANSWER_MS = 15 * 60_000

export interface ClientOptions extends Pick<Config, 'data' | 'auth-secret'> {
  url: string
  token: string
  /** Who the audit trail says it was. Undefined: whoever is signed in on this machine. */
  as: string | undefined
}

/** What a call was answered. */
export interface Answered {
  ok: boolean
  body: Record<string, unknown>
}

/** Calls a server as a producer. @throws ConfigError when it cannot be reached, and when nothing says who asks */
export async function call(
  options: ClientOptions,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: unknown,
): Promise<Answered> {
  const headers = { authorization: `Bearer ${await tokenOf(options)}`, 'content-type': 'application/json' }
  const init = { method, headers, signal: AbortSignal.timeout(ANSWER_MS) }
  let response: Response
  try {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    response = await fetch(new URL(path, options.url), { ...init, ...sent })
  } catch (cause) {
    throw new ConfigError('url', `${options.url} cannot be reached: ${(cause as Error).message}`)
  }
  const text = await response.text()
  try {
    return { ok: response.ok, body: JSON.parse(text) as Record<string, unknown> }
  } catch {
    throw new ConfigError('url', `${options.url} answered ${response.status} and no JSON: is it a Roar?`)
  }
}

/** What a call that only reads is answered, whole. @throws ConfigError when it is refused, or the server cannot be reached */
export async function downloaded(options: ClientOptions, path: string): Promise<string> {
  const headers = { authorization: `Bearer ${await tokenOf(options)}` }
  let response: Response
  try {
    response = await fetch(new URL(path, options.url), { headers, signal: AbortSignal.timeout(ANSWER_MS) })
    if (response.ok) return await response.text()
  } catch (cause) {
    throw new ConfigError('url', `${options.url} cannot be reached: ${(cause as Error).message}`)
  }
  const { code, detail } = (await response.json()) as Record<string, unknown>
  throw new ConfigError('url', `${options.url} refuses it: ${code}: ${detail}`)
}

/** Says why a call was refused. Returns the exit code. */
export function refused({ body: { code, detail } }: Answered): number {
  process.stderr.write(`roar: ${code}: ${detail}\n`)
  return 1
}

/** The token that was given, or one signed with the server's own secret: whoever can read that may decide. */
async function tokenOf({ token, as, ...settings }: ClientOptions): Promise<string> {
  if (token !== '') {
    if (as !== undefined)
      throw new ConfigError('--as', 'has no effect with a token, which says itself whose it is')
    return token
  }
  return new SignJWT({ role: 'producer' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(as ?? whoAmI())
    .setExpirationTime(Math.floor(Date.now() / 1000) + TOKEN_TTL_S)
    .sign(secretOf(settings))
}

/** The user of this machine; one without a name, as in a container, by its number and the machine. */
function whoAmI(): string {
  const { uid, username } = userInfo()
  return username === '' || username === 'unknown' ? `uid-${uid}@${hostname()}` : username
}
