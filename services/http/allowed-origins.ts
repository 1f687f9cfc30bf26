import { RoarError } from '../../protocol/errors.ts'
import type { Answer } from './routes.ts'

const ALLOW_ORIGIN = 'access-control-allow-origin'
/** What pages call, and where they connect; files for pages are for everybody's. */
const FOR_CALLERS = /^\/(v1\/|mqtt$)/

export const isForCallers = (path: string): boolean => FOR_CALLERS.test(path)

/**
 * Whose pages may call this server, where not everybody's may. Others' requests are refused: CORS alone would only keep the answer
 * from them, and does not cover WebSockets. Without an Origin a request is no page's, or only reads for a page of this server.
 */
export class AllowedOrigins {
  readonly #listed: RegExp

  /** @param origins Such as `https://partner.example` or, for all names below one, `https://*.partner.example`. */
  constructor(origins: readonly string[]) {
    const patterns = origins.map((origin) => RegExp.escape(origin).replace('\\*', '[\\w.-]+'))
    this.#listed = new RegExp(`^(?:${patterns.join('|')})$`)
  }

  /** @param host The request's Host: a page of this server is always allowed. */
  allow(origin: string | undefined, host: string): boolean {
    if (origin === undefined || this.#listed.test(origin)) return true
    return origin === `https://${host}` || origin === `http://${host}`
  }

  /** @throws RoarError forbidden */
  check(request: Request): void {
    if (!this.allow(originOf(request), hostOf(request)))
      throw new RoarError('forbidden', 'pages of this origin may not call this server: see allowed-origins')
  }

  /** Names the one origin that may read the answer, in the place of any. */
  mark(headers: Headers, request: Request): void {
    if (!headers.has(ALLOW_ORIGIN)) return
    const origin = originOf(request)
    if (origin !== undefined && this.allow(origin, hostOf(request))) headers.set(ALLOW_ORIGIN, origin)
    else headers.delete(ALLOW_ORIGIN)
    headers.append('vary', 'Origin')
  }

  /** The same for an answer to a request that is allowed. */
  marked(answer: Answer, origin: string | undefined): Answer {
    const headers: Record<string, string> = { ...answer.headers, vary: 'Origin' }
    if (origin === undefined) delete headers[ALLOW_ORIGIN]
    else headers[ALLOW_ORIGIN] = origin
    return { ...answer, headers }
  }
}

const originOf = ({ headers }: Request): string | undefined => headers.get('origin') ?? undefined
const hostOf = ({ headers }: Request): string => headers.get('host') ?? ''
