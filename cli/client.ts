import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { whyUnreachable } from '../load/why-unreachable.ts'
import { ConfigError } from '../settings/config-error.ts'
import { secretOf } from './data-folder.ts'
import type { Config } from './settings.ts'
import { writeWholeFrom } from './whole-file.ts'

const TOKEN_TTL_S = 300
/** Longer than a seal of millions takes. */
const ANSWER_MS = 15 * 60_000

export interface ClientOptions extends Pick<Config, 'data' | 'auth-secret'> {
  url: string
  token: string
  /** Who the audit trail names. Undefined: the user of this machine. */
  as: string | undefined
}

/** The response to a call. */
export interface Answered {
  ok: boolean
  body: Record<string, unknown>
}

/** Calls a server as a producer. @throws ConfigError when it cannot be reached, and when there is no token or secret */
export async function call(
  options: ClientOptions,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: unknown,
): Promise<Answered> {
  const json = { 'content-type': 'application/json' }
  const response = await reached(options, path, {
    ...{ method, headers: json },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { ok: response.ok, body: await read(options, response) }
}

/** The whole response to a call that only reads. @throws ConfigError when it is refused, or the server cannot be reached */
export async function downloaded(options: ClientOptions, path: string): Promise<string> {
  return whole(options, await allowed(options, path))
}

/**
 * Streams the response to a call that only reads into a file, whatever its length. @throws ConfigError as `downloaded`, and where
 * the file cannot be written
 */
export async function downloadedInto(file: string, options: ClientOptions, path: string): Promise<void> {
  const response = await allowed(options, path)
  await writeWholeFrom(file, piecesOf(options, response))
}

/** Yields a response piece by piece; a connection that breaks off is reported as the server's failure. */
async function* piecesOf(options: ClientOptions, { body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body!.getReader()
  while (true) {
    const { done, value } = await reader.read().catch((cause) => {
      throw unreachable(options, cause)
    })
    if (done) return
    yield value
  }
}

async function allowed(options: ClientOptions, path: string): Promise<Response> {
  const response = await reached(options, path, {})
  if (response.ok) return response
  const { code, detail } = await read(options, response)
  throw new ConfigError(String(code), String(detail))
}

async function reached(
  options: ClientOptions,
  path: string,
  init: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<Response> {
  const headers = { ...init.headers, authorization: `Bearer ${await tokenOf(options)}` }
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    // Bun's own limit is five minutes, whatever the signal says.
    return await fetch(options.url.replace(/\/+$/, '') + path, { ...init, headers, signal, timeout: false })
  } catch (cause) {
    throw unreachable(options, cause)
  }
}

async function whole(options: ClientOptions, response: Response): Promise<string> {
  try {
    return await response.text()
  } catch (cause) {
    throw unreachable(options, cause)
  }
}

async function read(options: ClientOptions, response: Response): Promise<Record<string, unknown>> {
  const text = await whole(options, response)
  try {
    return explained(options, JSON.parse(text) as Record<string, unknown>)
  } catch {
    throw new ConfigError(
      'url',
      `${options.url} answered ${response.status} without JSON: is it a Roar server?`,
    )
  }
}

/** A refusal, with the usual reason why a server does not accept a token that was signed here: it has another secret. */
function explained({ token, data, 'auth-secret': secret }: ClientOptions, body: Record<string, unknown>) {
  if (token !== '' || body.code !== 'unauthorized') return body
  const source = secret === '' ? join(data, 'auth-secret') : 'auth-secret'
  return {
    ...body,
    detail: `${body.detail}; it was signed with the secret in ${source}: does the server use another?`,
  }
}

const unreachable = ({ url }: ClientOptions, cause: unknown) =>
  new ConfigError('url', `${url} cannot be reached: ${whyUnreachable(cause)}`)

/** Prints why a call was refused. Returns the exit code. */
export function refused({ body: { code, detail } }: Answered): number {
  process.stderr.write(`roar: ${code}: ${detail}\n`)
  return 1
}

/** The given token, or one signed with the server's own secret: whoever can read that secret may decide. */
async function tokenOf({ token, as, ...settings }: ClientOptions): Promise<string> {
  if (token !== '') {
    if (as !== undefined)
      throw new ConfigError('--as', 'has no effect with a token, which already names its owner')
    return token
  }
  return new SignJWT({ role: 'producer' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(as ?? whoAmI())
    .setExpirationTime(Math.floor(Date.now() / 1000) + TOKEN_TTL_S)
    .sign(secretOf(settings))
}

/** The name of this machine's user; without one, as in a container, the user's number and the machine. */
function whoAmI(): string {
  const { uid, username } = userInfo()
  return username === '' || username === 'unknown' ? `uid-${uid}@${hostname()}` : username
}
