import { emailKeyOf } from '../../protocol/people.ts'
import type { AuditEntry } from '../../protocol/trail.ts'
import {
  type Credential,
  type Ended,
  keepsOwner,
  type PeopleChange,
  type PeopleOutcome,
  type PeopleStore,
  PRESENT_MAX,
  type StoredHere,
  type StoredPerson,
  WINDOWS_MAX,
} from '../store/people.ts'

/** Lasts as long as the process: for tests and demonstrations. @param note Appends to the audit trail that belongs to no show. */
export function memoryPeopleStore(note: (entry: AuditEntry) => Promise<void>): PeopleStore {
  let people = new Map<string, StoredPerson>()
  const windows = new Map<string, StoredHere>()
  let credentials = new Map<string, Credential>()

  /** The state after a change, not stored yet. */
  function after({ uses, person, removes, ends, adds }: PeopleChange, now: number) {
    const persons = new Map(people)
    const given = new Map(credentials)
    const refused = (outcome: PeopleOutcome) => ({ outcome, persons, given })
    // This change was already written, and the caller, whose response was lost, repeats it.
    if (adds !== undefined && given.has(adds.hash)) return { outcome: 'done' as const, persons, given }
    if (uses !== undefined) {
      const link = given.get(uses)
      if (link?.kind !== 'link' || link.ends <= now || (link.makes === 'first' && persons.size > 0))
        return refused('used')
      given.delete(uses)
    }
    if (person !== undefined) {
      const key = emailKeyOf(person.email)
      const others = [...persons.values()].filter((other) => other.person !== person.person)
      if (others.some(({ email }) => emailKeyOf(email) === key)) return refused('taken')
      if ((persons.get(person.person)?.version ?? 0) !== person.version - 1) return refused('stale')
      persons.set(person.person, structuredClone(person))
    }
    if (removes !== undefined) {
      if (persons.get(removes.person)?.version !== removes.version) return refused('stale')
      persons.delete(removes.person)
    }
    for (const each of given.values()) {
      const isGone = each.ends <= now || each.person === removes?.person || (ends && isEnded(each, ends))
      if (isGone) given.delete(each.hash)
    }
    if (!keepsOwner([...people.values()], [...persons.values()])) return refused('last-owner')
    if (adds !== undefined) given.set(adds.hash, { ...adds })
    return { outcome: 'done' as const, persons, given }
  }

  return {
    all: async () =>
      structuredClone(
        [...people.values()].sort((a, b) => (emailKeyOf(a.email) < emailKeyOf(b.email) ? -1 : 1)),
      ),
    person: async (person) => structuredClone(people.get(person)),
    personOf: async (key) =>
      structuredClone([...people.values()].find(({ email }) => emailKeyOf(email) === key)),
    async credential(hash) {
      const credential = credentials.get(hash)
      return credential && structuredClone({ credential, person: people.get(credential.person) })
    },
    credentials: async (kind, person) =>
      structuredClone(
        [...credentials.values()].filter(
          (each) => each.kind === kind && (person === undefined || each.person === person),
        ),
      ),
    async use(hash, at) {
      const credential = credentials.get(hash)
      if (credential !== undefined) credential.used = Math.max(credential.used, at)
    },
    async present(here, since) {
      windows.set(`${here.show} ${here.tab} ${here.who}`, { ...here })
      for (const [key, { at }] of windows) if (at < since) windows.delete(key)
      const own = [...windows].filter(([, { show, who }]) => show === here.show && who === here.who)
      for (const [key] of own.sort(([, a], [, b]) => b.at - a.at).slice(WINDOWS_MAX)) windows.delete(key)
      const others = [...windows.values()].filter(({ show, who }) => show === here.show && who !== here.who)
      const ofEach = new Map(others.map((each) => [`${each.screen} ${each.who}`, each]))
      return [...ofEach.values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .slice(0, PRESENT_MAX)
        .map(({ name, screen }) => ({ name, screen }))
    },
    async write(change, now) {
      const { outcome, persons, given } = after(change, now)
      if (outcome !== 'done') return outcome
      people = persons
      credentials = given
      if (change.entry !== undefined) await note(change.entry)
      return outcome
    },
  }
}

const isEnded = (credential: Credential, ended: Ended): boolean =>
  'id' in ended
    ? credential.id === ended.id
    : credential.person === ended.person &&
      credential.id !== ended.except &&
      (ended.kind === undefined || credential.kind === ended.kind)
