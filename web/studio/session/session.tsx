import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { call, onUnauthorized, setToken } from '../api/call.ts'
import { Problem } from '../api/problem.ts'

/** Who works here. */
export interface Person {
  name: string
  /** Of a session; a token has none. */
  email?: string
  roles: { role: string; show?: string }[]
}

export interface Session {
  /** undefined: nobody is signed in. */
  person: Person | undefined
  /** Signs in with a producer's token, for a server where nobody has a password yet. @throws Problem */
  withToken(token: string): Promise<void>
  /** Takes over the session that the server has just made. */
  signedIn(person: Person): void
  signOut(): Promise<void>
}

const SessionContext = createContext<Session | undefined>(undefined)

export const useSession = (): Session => use(SessionContext)!

/** Until the tab is closed: a reload in the middle of a show asks for nothing. */
const KEPT = 'roar-studio-token'

/** Finds out who is signed in before it shows anything. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [person, setPerson] = useState<Person | undefined>()
  const [asked, setAsked] = useState(false)
  useEffect(() => {
    const end = onUnauthorized(() => setPerson(undefined))
    whoIsThere()
      .then(setPerson)
      .finally(() => setAsked(true))
    return end
  }, [])
  const session = useMemo(
    () => ({
      person,
      signedIn: setPerson,
      async withToken(token: string) {
        setPerson(await personOfToken(token))
        sessionStorage.setItem(KEPT, token)
      },
      async signOut() {
        sessionStorage.removeItem(KEPT)
        setToken(undefined)
        if (person?.email !== undefined) await call('v1/studio/sessions/current', { method: 'DELETE' })
        setPerson(undefined)
      },
    }),
    [person],
  )
  return asked ? <SessionContext value={session}>{children}</SessionContext> : null
}

async function whoIsThere(): Promise<Person | undefined> {
  const kept = sessionStorage.getItem(KEPT)
  try {
    return kept === null ? await call<Person>('v1/studio/sessions/current') : await personOfToken(kept)
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
    return undefined
  }
}

/** Asks the server whether it takes the token. @throws Problem */
async function personOfToken(token: string): Promise<Person> {
  setToken(token)
  try {
    await call('v1/studio/shows?limit=1')
  } catch (cause) {
    setToken(undefined)
    throw cause
  }
  const { sub = '', name = sub, show } = claimsOf(token)
  return { name, roles: [{ role: 'producer', ...(show !== undefined && { show }) }] }
}

/** What a JWT says, unchecked: the server checked it. */
function claimsOf(token: string): { sub?: string; name?: string; show?: string } {
  const [, body = ''] = token.split('.')
  const bytes = Uint8Array.from(atob(body.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  return JSON.parse(new TextDecoder().decode(bytes))
}
