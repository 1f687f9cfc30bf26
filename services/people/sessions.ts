import { randomUUID } from 'node:crypto'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { ApiKey, PeopleStore, Session, StoredPerson } from '../../adapters/store/people.ts'
import { RoarError } from '../../protocol/errors.ts'
import { bearerToken, type Identity } from '../identity/identity.ts'
import type { Member, Members } from '../identity/member.ts'
import { KEY_PREFIX } from './api-keys.ts'
import type { Outside } from './outside.ts'
import { hashOf, newSecret } from './secrets.ts'

/** Sessions of one person; beyond it the least recently used ends. */
const SESSIONS_MAX = 20
/** How often a session's use is recorded, in milliseconds. */
const USED_STEP_MS = 60_000
/** How long after signing in a person may change who can sign in. */
const RECENT_MS = 15 * 60_000
const AGENT_LENGTH_MAX = 200

export interface SessionTimes {
  /** A session without a call for this long ends. */
  idleMs: number
  /** The longest duration of a session. */
  maxMs: number
}

/** A person's name in the audit trail, in the form of another issuer's tokens, so that it cannot equal anybody's `sub`. */
export const whoIs = (person: { email: string }): string => `${person.email} of the studio`

/** The same for a key: no e-mail contains a space. */
const whoIsKey = ({ id, name }: ApiKey): string => `${name}, API key ${id} of the studio`

export type Sessions = ReturnType<typeof createSessions>

/**
 * People's sessions, stored as hashes, and all other callers of the studio. Nothing is cached between requests: an ended session
 * or a reduced role takes effect on the next call, in every process.
 */
export function createSessions({
  store,
  identity,
  outside,
  clock,
  times,
}: {
  store: PeopleStore
  identity: Pick<Identity, 'memberOf'>
  outside: Outside
  clock: Clock
  times: SessionTimes
}) {
  const isOver = ({ used, ends }: Session, now: number): boolean => now >= ends || now >= used + times.idleMs

  async function ofCookie(secret: string): Promise<Member> {
    const hash = hashOf(secret)
    const found = await store.credential(hash)
    const now = clock.now()
    if (found?.credential.kind !== 'session' || found.person === undefined || isOver(found.credential, now))
      throw new RoarError('unauthorized', 'the session has ended')
    const { credential, person } = found
    if (now - credential.used >= Math.min(USED_STEP_MS, times.idleMs / 10)) await store.use(hash, now)
    return memberIn(credential, person, now)
  }

  async function ofKey(secret: string): Promise<Member> {
    const hash = hashOf(secret)
    const key = (await store.credential(hash))?.credential
    const now = clock.now()
    if (key?.kind !== 'api-key' || key.ends <= now)
      throw new RoarError('unauthorized', 'the API key is no longer valid')
    if (now - key.used >= USED_STEP_MS) await store.use(hash, now)
    return { who: whoIsKey(key), name: key.name, grants: key.grants, expires: key.ends }
  }

  /** The session that a new one ends: that of the same browser, or else, if there are too many, the least recently used. */
  async function endedBy(person: string, before: string | undefined): Promise<string | undefined> {
    const own = before === undefined ? undefined : (await store.credential(hashOf(before)))?.credential
    if (own?.kind === 'session') return own.id
    const all = await store.credentials('session', person)
    if (all.length < SESSIONS_MAX) return undefined
    return all.reduce((oldest, each) => (each.used < oldest.used ? each : oldest)).id
  }

  const members: Members = {
    async memberOf(request) {
      const token = bearerToken(request)
      if (token?.startsWith(KEY_PREFIX)) return ofKey(token)
      if (token !== undefined) return identity.memberOf(token)
      const secret = outside.cookieIn(request, 'session')
      if (secret === undefined) throw new RoarError('unauthorized', 'the request has no token and no session')
      outside.refuseOthers(request, { isNeeded: true })
      return ofCookie(secret)
    },
  }

  return {
    members,
    /** How long a browser keeps the cookie, in seconds. */
    maxAgeS: Math.ceil(times.maxMs / 1000),
    /** The owner of this session; undefined: none. */
    async personOf(session: string): Promise<string | undefined> {
      const all = await store.credentials('session')
      return all.find(({ id }) => id === session)?.person
    },
    /** A person's active sessions, the newest first. */
    async list(person: string): Promise<Session[]> {
      const all = (await store.credentials('session', person)) as Session[]
      const now = clock.now()
      return all.filter((session) => !isOver(session, now)).reverse()
    },
    /** Signs a person in; replaces this browser's session. Returns its secret, which is shown only once. */
    async begin(
      person: StoredPerson,
      { agent, how, before }: { agent: string; how: string; before: string | undefined },
    ): Promise<{ secret: string; session: Session }> {
      const secret = newSecret()
      const now = clock.now()
      const session: Session = {
        kind: 'session',
        id: randomUUID(),
        hash: hashOf(secret),
        person: person.person,
        agent: [...agent].slice(0, AGENT_LENGTH_MAX).join(''),
        made: now,
        used: now,
        ends: now + times.maxMs,
      }
      const ends = await endedBy(person.person, before)
      const detail = { session: session.id, how }
      const entry = { at: now, who: whoIs(person), action: 'sign-in', poll: '', detail }
      await store.write({ ...(ends && { ends: { id: ends } }), adds: session, entry }, now)
      return { secret, session }
    },
  }
}

const memberIn = (session: Session, person: StoredPerson, now: number): Member => ({
  who: whoIs(person),
  name: person.name,
  grants: person.roles,
  signedIn: {
    ...{ person: person.person, session: session.id, email: person.email },
    isRecent: now < session.made + RECENT_MS,
  },
  expires: session.ends,
})
