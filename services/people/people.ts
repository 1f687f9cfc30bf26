import { randomUUID } from 'node:crypto'
import type { Clock } from '../../adapters/clock/clock.ts'
import type {
  Link,
  PeopleChange,
  PeopleOutcome,
  PeopleStore,
  StoredPerson,
} from '../../adapters/store/people.ts'
import { type ErrorCode, RoarError } from '../../protocol/errors.ts'
import type { Grant } from '../../protocol/people.ts'
import { checkSeen } from '../http/versions.ts'
import type { Passwords } from './passwords.ts'
import { viewOf } from './schemas.ts'
import { hashOf, newSecret } from './secrets.ts'
import { whoIs } from './sessions.ts'

/** People of one installation, and how often a change is retried after losing a race. */
const PEOPLE_MAX = 1000
const RACES_MAX = 5
/** How long a one-time link is valid, in milliseconds. */
const LINK_MS = 24 * 3_600_000

const REFUSALS: Record<Exclude<PeopleOutcome, 'done'>, [ErrorCode, string]> = {
  stale: ['stale', 'somebody else changed this person at the same time'],
  taken: ['already_exists', 'somebody has this e-mail'],
  used: ['unknown_link', 'the link was used, or its time is over'],
  'last-owner': ['last_owner', 'this is the last owner who can sign in: make another one first'],
}

/** The new state of a person and of what they were granted. */
interface Become extends Pick<PeopleChange, 'ends'> {
  /** Equal to the present one: nothing is written. */
  person: StoredPerson
  action: string
  detail?: unknown
}

export type People = ReturnType<typeof createPeople>

/** The people who can sign in. Each change is in the audit trail that belongs to no show, with its author. */
export function createPeople({
  store,
  passwords,
  clock,
}: {
  store: PeopleStore
  passwords: Passwords
  clock: Clock
}) {
  /** @throws RoarError stale, already_exists, unknown_link, last_owner */
  async function write(change: PeopleChange): Promise<void> {
    const outcome = await store.write(change, clock.now())
    if (outcome !== 'done') throw new RoarError(...REFUSALS[outcome])
  }
  const entry = (who: string, action: string, detail: unknown) => ({
    at: clock.now(),
    who,
    action,
    poll: '',
    detail,
  })
  const newLink = (person: string, makes?: 'first' | 'further') => {
    const [secret, made] = [newSecret(), clock.now()]
    const link: Link = {
      ...{ kind: 'link', id: randomUUID(), hash: hashOf(secret), person, made, used: made },
      ends: made + LINK_MS,
      ...(makes && { makes }),
    }
    return { secret, link }
  }
  const checkRoom = async (): Promise<void> => {
    if ((await store.all()).length >= PEOPLE_MAX)
      throw new RoarError('bad_request', `there are already ${PEOPLE_MAX} people`)
  }
  const found = async (person: string): Promise<StoredPerson> => {
    const stored = await store.person(person)
    if (stored === undefined) throw new RoarError('not_found', 'there is no such person')
    return stored
  }

  return {
    all: () => store.all(),
    found,

    /** Adds a person vouched for by another server. @throws RoarError already_exists */
    async add(person: StoredPerson, by: string): Promise<StoredPerson> {
      await checkRoom()
      const { person: id, email, name, roles } = person
      await write({ person, entry: entry(by, 'add-person', { person: id, email, name, roles }) })
      return person
    },

    /** Invites a person, who can sign in once the link has set their password. @throws RoarError already_exists */
    async invite(
      { email, name, roles }: { email: string; name: string; roles: Grant[] },
      by: string,
    ): Promise<{ person: StoredPerson; secret: string; expires: number }> {
      await checkRoom()
      const person = { person: randomUUID(), email, name, roles, made: clock.now(), version: 1 }
      const { secret, link } = newLink(person.person)
      const detail = { person: person.person, email, name, roles }
      await write({ person, adds: link, entry: entry(by, 'invite', detail) })
      return { person, secret, expires: link.ends }
    },

    /** A new link for somebody who has lost the invitation or the password; earlier links become invalid. */
    async link(id: string, by: string): Promise<{ person: StoredPerson; secret: string; expires: number }> {
      const person = await found(id)
      const { secret, link } = newLink(id)
      await write({
        ends: { person: id, kind: 'link' },
        adds: link,
        entry: entry(by, 'make-link', { person: id }),
      })
      return { person, secret, expires: link.ends }
    },

    /**
     * A link that makes an owner: the first one while there is nobody, or a further one for an operator whose last owner cannot
     * sign in. Returns undefined if there are people already.
     */
    async ownersLink(makes: 'first' | 'further', by: string): Promise<string | undefined> {
      if (makes === 'first' && (await store.all()).length > 0) return undefined
      const { secret, link } = newLink('', makes)
      await write({ adds: link, entry: entry(by, 'make-owners-link', { makes }) })
      return secret
    },

    /**
     * Uses up a link: sets its person's password and ends all their sessions, or creates an owner.
     * @throws RoarError unknown_link, bad_password, bad_request without an e-mail where it creates an owner, already_exists
     */
    async welcome(
      secret: string,
      given: { password: string; name?: string | undefined; email?: string | undefined },
    ): Promise<StoredPerson> {
      const uses = hashOf(secret)
      const known = await store.credential(uses)
      const link = known?.credential
      if (link?.kind !== 'link' || link.ends <= clock.now()) throw new RoarError(...REFUSALS.used)
      const before = known?.person ?? ownerOf(link, given.email, clock.now())
      const named = { ...before, name: given.name ?? before.name, version: before.version + 1 }
      const person = { ...named, password: await passwords.hash(given.password, named) }
      const detail = { person: person.person, ...(before.version === 0 && { email: person.email }) }
      await write({
        uses,
        person,
        ends: { person: person.person },
        entry: entry(whoIs(person), 'welcome', detail),
      })
      return person
    },

    /**
     * Changes a person's present state. After losing a race it is retried on the winner's result.
     * @param seen The version that the caller saw, from `If-Match`; absent: any. A change that is in place already succeeds.
     */
    async change(
      id: string,
      by: string,
      act: (person: StoredPerson) => Become | Promise<Become>,
      seen?: string,
    ): Promise<StoredPerson> {
      for (let race = 1; ; race++) {
        const before = await found(id)
        const { person: after, action, detail, ends } = await act(before)
        if (Bun.deepEquals(after, before)) return before
        checkSeen(seen, 'the person', viewOf(before))
        const person = { ...after, version: before.version + 1 }
        const about = { person: id, ...(detail as object | undefined) }
        const change = { person, ...(ends && { ends }), entry: entry(by, action, about) }
        const outcome = await store.write(change, clock.now())
        if (outcome === 'done') return person
        if (outcome !== 'stale' || race === RACES_MAX) throw new RoarError(...REFUSALS[outcome])
      }
    },

    /** Removes a person, with every session and link. An unknown one counts as removed. @throws RoarError last_owner, stale */
    async remove(id: string, by: string, seen?: string): Promise<void> {
      const person = await store.person(id)
      if (person === undefined) return
      checkSeen(seen, 'the person', viewOf(person))
      const { version, email } = person
      await write({
        removes: { person: id, version },
        entry: entry(by, 'remove-person', { person: id, email }),
      })
    },

    /** Ends one session of a person, or all but one. */
    end: (ends: NonNullable<PeopleChange['ends']>, by: string, detail: unknown): Promise<void> =>
      write({ ends, entry: entry(by, 'end-session', detail) }),
  }
}

/** The new owner by a link that names nobody. @throws RoarError bad_request */
function ownerOf({ makes }: Link, email: string | undefined, made: number): StoredPerson {
  // The link's person has been removed.
  if (makes === undefined) throw new RoarError(...REFUSALS.used)
  if (email === undefined)
    throw new RoarError('bad_request', 'email: is required, because this link creates an owner')
  const name = email.split('@')[0]!
  return { person: randomUUID(), email, name, roles: [{ role: 'owner' }], made, version: 0 }
}
