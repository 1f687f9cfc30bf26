import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { type Least, mayCall } from '../../../engine/people/roles.ts'
import type { Grant } from '../../../protocol/people.ts'
import { call, onUnauthorized, setToken } from '../api/call.ts'
import { Problem } from '../api/problem.ts'
import { keepToken, keptToken } from './kept-token.ts'

/** The signed-in person. */
export interface Me {
  name: string
  /** Only for a person; a token has neither. */
  person?: string
  session?: string
  email?: string
  roles: Grant[]
}

export interface Session {
  /** undefined: nobody is signed in. */
  person: Me | undefined
  /** Signs in with a producer's token, for a server where nobody has a password yet. @throws Problem */
  withToken(token: string): Promise<void>
  /** Uses the session that the server has just created. */
  signedIn(person: Me | undefined): void
  signOut(): Promise<void>
}

const SessionContext = createContext<Session | undefined>(undefined)

export const useSession = (): Session => use(SessionContext)!

/** Whether the signed-in person may make such calls. @param show Absent: calls that concern more than one show. */
export const useMay = (least: Least, show?: string): boolean =>
  mayCall(useSession().person?.roles ?? [], least, show)

/** Finds out who is signed in before it shows anything. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [person, setPerson] = useState<Me | undefined>()
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
        keepToken(token)
      },
      async signOut() {
        keepToken(undefined)
        setToken(undefined)
        if (person?.session !== undefined) await call('v1/studio/sessions/current', { method: 'DELETE' })
        setPerson(undefined)
      },
    }),
    [person],
  )
  return asked ? <SessionContext value={session}>{children}</SessionContext> : null
}

async function whoIsThere(): Promise<Me | undefined> {
  const kept = keptToken()
  try {
    return kept === undefined ? await call<Me>('v1/studio/sessions/current') : await personOfToken(kept)
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
    return undefined
  }
}

/** Asks the server whose token it is. @throws Problem */
async function personOfToken(token: string): Promise<Me> {
  setToken(token)
  try {
    return await call<Me>('v1/studio/sessions/current')
  } catch (cause) {
    setToken(undefined)
    throw cause
  }
}
