import type { TestRoar } from '../embedded.ts'

export const PASSWORD = 'five words that nobody says'

/** What a browser on one page of the studio does: it keeps the cookie and says whose page it is. */
export function studioClient(url: string, site = 'same-origin') {
  let cookie = ''
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/v1/studio${path}`, {
      method,
      headers: { 'sec-fetch-site': site, ...(cookie && { cookie }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const set = response.headers.get('set-cookie')
    if (set !== null) cookie = set.split(';', 1)[0]!
    const text = await response.text()
    // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
    const answer = (text && JSON.parse(text)) as any
    return { status: response.status, set, etag: response.headers.get('etag'), body: answer }
  }
  return {
    send,
    cookie: () => cookie,
    signIn: (email: string, password = PASSWORD, code?: string) =>
      send('POST', '/sessions', { email, password, ...(code !== undefined && { code }) }),
  }
}

export type StudioClient = ReturnType<typeof studioClient>

export const tokenIn = (link: string): string => link.split('#token=')[1]!

/** An owner who is signed in, made by an operator's link. */
export async function ownerOf(
  roar: Pick<TestRoar, 'url' | 'things'>,
  email = 'olga@stadium.example',
): Promise<StudioClient> {
  const token = await roar.things.people!.ownersLink('further', 'a test')
  const client = studioClient(roar.url)
  await client.send('POST', '/people/welcome', { token, password: PASSWORD, email, name: 'Olga' })
  await client.signIn(email)
  return client
}

/** Somebody whom an owner invited and who is signed in. */
export async function invited(
  owner: StudioClient,
  url: string,
  { email, roles }: { email: string; roles: object[] },
): Promise<StudioClient & { person: string }> {
  const { body } = await owner.send('POST', '/people', { email, name: email.split('@')[0], roles })
  const client = studioClient(url)
  await client.send('POST', '/people/welcome', { token: tokenIn(body.link), password: PASSWORD })
  await client.signIn(email)
  return { ...client, person: body.person.person }
}
