import { addressOf } from './address.ts'
import { Problem } from './problem.ts'
import { learnTime } from './server-time.ts'

/** After this time without an answer the server counts as unreachable: people at a desk want to know. */
const TIMEOUT_MS = 10_000
/** For calls that take long: an export, a seal of millions, a picture over a slow line. */
export const SLOW_MS = 600_000

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON; a `Blob` is sent as it is, with its type. */
  body?: unknown
  /** The version seen: a newer one is not overwritten. */
  ifMatch?: number
  signal?: AbortSignal
  /** Timeout in milliseconds. Default: `TIMEOUT_MS`. */
  timeoutMs?: number
}

/** A pasted producer's token, for a server without people; a session uses its cookie. */
let token: string | undefined
const unauthorized = new Set<() => void>()

/** Calls use this token from now on; undefined: the session's cookie. */
export function setToken(next: string | undefined): void {
  token = next
}

/** Calls back when a call is refused because nobody is signed in. Returns the function to unsubscribe. */
export function onUnauthorized(told: () => void): () => void {
  unauthorized.add(told)
  return () => unauthorized.delete(told)
}

/** Asks the person to sign in again; false: they did not. False also while no screen can ask. */
let signInAgain: () => Promise<boolean> = async () => false

/** Sets the function that asks for a password before a change that needs a recent sign-in. */
export function onSignInAgain(ask: () => Promise<boolean>): void {
  signInAgain = ask
}

/** Calls the server and reads its answer. @throws Problem */
export async function call<Answer>(path: string, options: CallOptions = {}): Promise<Answer> {
  const response = await send(path, options)
  if (response.status === 204) return undefined as Answer
  return (await response.json()) as Answer
}

/** The response as a file, such as an export, with a long timeout. @throws Problem */
export async function download(path: string): Promise<Blob> {
  return (await send(path, { timeoutMs: SLOW_MS })).blob()
}

async function send(path: string, options: CallOptions): Promise<Response> {
  const { method = 'GET', body, ifMatch, signal, timeoutMs = TIMEOUT_MS } = options
  const sent = Date.now()
  const limit = AbortSignal.timeout(timeoutMs)
  let response: Response
  try {
    response = await fetch(addressOf(path), {
      method,
      credentials: 'same-origin',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
        ...(body !== undefined && !(body instanceof Blob) && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: body instanceof Blob ? body : JSON.stringify(body) }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new Problem({ status: 0, code: 'unreachable', detail: 'the server does not answer' })
  }
  learnTime(response.headers.get('date'), sent)
  if (response.ok) return response
  const problem = await problemOf(response)
  if (problem.code === 'unauthorized') for (const told of unauthorized) told()
  if (problem.code === 'sign_in_again' && (await signInAgain())) return send(path, options)
  throw problem
}

async function problemOf(response: Response): Promise<Problem> {
  const { status } = response
  // A proxy answers with a page of its own.
  const said = (await response.json().catch(() => ({}))) as {
    code?: string
    detail?: string
    current?: unknown
  }
  const { code = 'unreachable', detail = `the server answered ${status}`, current } = said
  return new Problem({ status, code, detail, current })
}
