import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

const SECRET = 'the secret of a client in a test'

/** What the provider says of somebody, by the name that they sign in under. */
export type Accounts = Record<string, Record<string, unknown>>

/**
 * A real provider of OpenID Connect on this machine, where everybody signs in by their name alone.
 * @param back Where it may send browsers back to.
 */
export async function startProvider(accounts: Accounts) {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256', kid: 'k1' }
  const redirects: string[] = []
  let provider: Provider | undefined
  const server = createServer((request, response) => provider!.callback()(request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    issuer,
    secret: SECRET,
    redirects,
    /** Once it is known where browsers are sent back to. */
    open(back: string) {
      provider = new Provider(issuer, {
        jwks: { keys: [jwk] },
        cookies: { keys: ['cookies of a test'] },
        clients: [
          {
            client_id: 'roar',
            client_secret: SECRET,
            redirect_uris: [back],
            response_types: ['code'],
            grant_types: ['authorization_code'],
            id_token_signed_response_alg: 'ES256',
          },
        ],
        pkce: { required: () => true },
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
        findAccount: (_: unknown, sub: string) => ({
          accountId: sub,
          claims: async () => ({ sub, ...accounts[sub] }),
        }),
      })
    },
    close: () => server.close(),
  }
}

/** A browser that follows where it is sent, and keeps each site's cookies; forms it fills in as `name`. */
export function browser(name: string) {
  const cookies = new Map<string, Map<string, string>>()

  async function send(address: string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(address)
    const own = cookies.get(host) ?? new Map<string, string>()
    cookies.set(host, own)
    const cookie = [...own].map(([key, value]) => `${key}=${value}`).join('; ')
    const response = await fetch(address, {
      ...init,
      redirect: 'manual',
      headers: { cookie, ...init.headers },
    })
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      const [key = '', ...value] = pair.split('=')
      if (value.join('=') === '' || /max-age=0|expires=thu, 01 jan 1970/i.test(set)) own.delete(key)
      else own.set(key, value.join('='))
    }
    return response
  }

  /** Goes on until `isThere`, signing in and consenting on the way. Returns where it is then. */
  async function go(from: string, isThere: (address: string) => boolean): Promise<string> {
    let address = from
    for (let step = 0; step < 20; step++) {
      const response = await send(address)
      const location = response.headers.get('location')
      if (location !== null) address = new URL(location, address).href
      else address = await submitted(address, await response.text())
      if (isThere(address)) return address
    }
    throw new Error(`lost at ${address}`)
  }

  async function submitted(address: string, page: string): Promise<string> {
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1]
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
    if (action === undefined || prompt === undefined)
      throw new Error(`no form at ${address}: ${page.slice(0, 300)}`)
    const body = new URLSearchParams({ prompt, ...(prompt === 'login' && { login: name, password: 'any' }) })
    const response = await send(new URL(action, address).href, { method: 'POST', body })
    return new URL(response.headers.get('location')!, address).href
  }

  return { send, go }
}
