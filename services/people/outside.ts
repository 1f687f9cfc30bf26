import { RoarError } from '../../protocol/errors.ts'
import { isForwardedSecure, type TrustProxy } from '../http/forwarded.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const NAME = 'roar-session'

/** How browsers see this server: what its cookie is called, which pages are its own, where its links lead. */
export interface Outside {
  isSecure(request: Request): boolean
  /** The secret of the session that the request's cookie is of. */
  sessionIn(request: Request): string | undefined
  /** `Set-Cookie` (RFC 6265bis). @param secret Empty: takes the cookie away. */
  cookie(request: Request, secret: string, maxAgeS: number): string
  /**
   * Refuses what changes something and is asked by somebody else's page, with the cookie of whoever looks at it. A browser says
   * whose page it is in Sec-Fetch-Site, which no page can write, and older ones in Origin.
   * @param options.isNeeded Whether one of the two must be there. @throws RoarError forbidden
   */
  refuseOthers(request: Request, options: { isNeeded: boolean }): void
  /** The link that sets a password. @param request Whose answer has it; absent: nobody asked. */
  link(secret: string, request?: Request): string
}

/** The page of the studio that sets a password by a link. What is after the hash no server and no log sees. */
export const linkAt = (base: string, secret: string): string => `${base}/studio/welcome#${secret}`

/** @param options.publicUrl Empty: the Host that was asked. @param options.ownUrl Where a link leads that no request asked for. */
export function createOutside({
  publicUrl,
  trustProxy,
  ownUrl,
}: {
  publicUrl: string
  trustProxy: TrustProxy
  ownUrl: string
}): Outside {
  const outer = publicUrl === '' ? undefined : new URL(publicUrl)
  const isSecure = (request: Request): boolean =>
    outer === undefined ? isForwardedSecure(trustProxy, request) : outer.protocol === 'https:'
  // The browser itself holds a cookie of this prefix to Secure, to Path=/ and to this host alone.
  const nameFor = (request: Request): string => (isSecure(request) ? `__Host-${NAME}` : NAME)

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

  return {
    isSecure,
    sessionIn(request) {
      const name = nameFor(request)
      const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
      // Of two with one name none can be told to be the right one.
      const [found, ...more] = pairs.filter((pair) => pair.startsWith(`${name}=`))
      return more.length === 0 ? found?.slice(name.length + 1) : undefined
    },
    cookie: (request, secret, maxAgeS) =>
      `${nameFor(request)}=${secret}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Strict${isSecure(request) ? '; Secure' : ''}`,
    refuseOthers(request, { isNeeded }) {
      if (SAFE.has(request.method)) return
      const own = isOwn(request)
      if (own === false || (own === undefined && isNeeded))
        throw new RoarError('forbidden', 'the request is not from a page of this server')
    },
    link(secret, request) {
      const host = request?.headers.get('host')
      const asked = request && host ? `${isSecure(request) ? 'https' : 'http'}://${host}` : ownUrl
      return linkAt(publicUrl || asked, secret)
    },
  }
}
