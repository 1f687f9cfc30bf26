import { RoarError } from '../../protocol/errors.ts'
import { isSecure as isSecureHere, type TrustProxy } from '../http/forwarded.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
/** The session, and what a browser keeps during a sign-in elsewhere: it returns from another site (Lax). */
const COOKIES = {
  session: { name: 'roar-session', sameSite: 'Strict' },
  journey: { name: 'roar-journey', sameSite: 'Lax' },
} as const
type CookieName = keyof typeof COOKIES

/** How browsers see this server: the names of its cookies, which pages are its own, where its links lead. */
export interface Outside {
  /** The value of the request's cookie; for a session, its secret. */
  cookieIn(request: Request, name: CookieName): string | undefined
  /** `Set-Cookie` (RFC 6265bis). @param value Empty: deletes the cookie. */
  cookie(request: Request, name: CookieName, value: string, maxAgeS: number): string
  /**
   * Refuses state-changing requests by a foreign page with the viewer's cookie. Browsers name the requesting site in
   * Sec-Fetch-Site, which no page can forge, and older ones in Origin.
   * @param options.isNeeded Whether one of the two headers is required. @throws RoarError forbidden
   */
  refuseOthers(request: Request, options: { isNeeded: boolean }): void
  /** This server's address, without a trailing slash. @param request The request in whose response it appears; absent: none. */
  base(request?: Request): string
  /** The link that sets a password. */
  link(secret: string, request?: Request): string
}

/** The studio's page that sets a password by a link. The part after the hash reaches no server and no log. */
export const linkAt = (base: string, secret: string): string => `${base}/studio/welcome#token=${secret}`

/** @param options.publicUrl Empty: the request's Host. @param options.ownUrl The base of links that no request asked for; called for each. */
export function createOutside({
  publicUrl,
  trustProxy,
  tls = false,
  ownUrl,
}: {
  publicUrl: string
  trustProxy: TrustProxy
  /** Whether this server itself offers TLS. Default false. */
  tls?: boolean
  ownUrl: () => string
}): Outside {
  const outer = publicUrl === '' ? undefined : new URL(publicUrl)
  const isSecure = (request: Request): boolean =>
    outer === undefined ? isSecureHere(request, { trustProxy, tls }) : outer.protocol === 'https:'
  // Browsers enforce Secure, Path=/ and host-only for a cookie with this prefix.
  const nameFor = (request: Request, name: CookieName): string =>
    isSecure(request) ? `__Host-${COOKIES[name].name}` : COOKIES[name].name

  function isOwn(request: Request): boolean | undefined {
    const site = request.headers.get('sec-fetch-site')
    if (site !== null) return site === 'same-origin'
    const origin = request.headers.get('origin')
    if (origin === null) return undefined
    if (!URL.canParse(origin)) return false
    const { host, protocol } = new URL(origin)
    if (isSecure(request) && protocol !== 'https:') return false
    return host === request.headers.get('host') || host === outer?.host
  }

  function base(request?: Request): string {
    const host = request?.headers.get('host')
    const asked = request && host ? `${isSecure(request) ? 'https' : 'http'}://${host}` : ownUrl()
    return publicUrl || asked
  }

  return {
    cookieIn(request, name) {
      const start = `${nameFor(request, name)}=`
      const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
      // If two have the same name, neither is known to be the right one.
      const [found, ...more] = pairs.filter((pair) => pair.startsWith(start))
      return more.length === 0 ? found?.slice(start.length) : undefined
    },
    cookie(request, name, value, maxAgeS) {
      const { sameSite } = COOKIES[name]
      const secure = isSecure(request) ? '; Secure' : ''
      return `${nameFor(request, name)}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=${sameSite}${secure}`
    },
    refuseOthers(request, { isNeeded }) {
      if (SAFE.has(request.method)) return
      const own = isOwn(request)
      if (own === false || (own === undefined && isNeeded))
        throw new RoarError('forbidden', 'the request is not from a page of this server')
    },
    base,
    link: (secret, request) => linkAt(base(request), secret),
  }
}
