import type { SQL } from 'bun'
import { emailKeyOf, type Here } from '../../protocol/people.ts'
import {
  type Credential,
  type Ended,
  keepsOwner,
  type PeopleChange,
  type PeopleOutcome,
  type PeopleStore,
  PRESENT_MAX,
  type StoredPerson,
  WINDOWS_MAX,
} from '../store/people.ts'
import { documentOr, documentsIn, type OnUnreadable } from './document.ts'
import { CREDENTIALS, PEOPLE } from './tables.ts'
import { noteOnce, takeTurn } from './trail-sql.ts'

interface PersonRow {
  person_id: string
  document: string
}

interface CredentialRow {
  credential_id: string
  document: string
  used_at: number
}

/** Rolls back a transaction. */
class Refused extends Error {
  readonly outcome: PeopleOutcome

  constructor(outcome: PeopleOutcome) {
    super(outcome)
    this.outcome = outcome
  }
}

/** Who cannot be read cannot sign in, and what cannot be read lets nobody in. */
export const sqlPeopleStore = (sql: SQL, onUnreadable: OnUnreadable): PeopleStore => ({
  all: () => allOf(sql, onUnreadable),
  async person(person) {
    const rows: PersonRow[] = await sql`SELECT person_id, document FROM people WHERE person_id = ${person}`
    return peopleIn(rows, onUnreadable)[0]
  },
  async personOf(key) {
    const rows: PersonRow[] = await sql`SELECT person_id, document FROM people WHERE email_key = ${key}`
    return peopleIn(rows, onUnreadable)[0]
  },
  async credential(hash) {
    const [row]: (CredentialRow & { person_id: string; person: string | null })[] =
      await sql`SELECT credential_id, credentials.document, credentials.used_at, credentials.person_id, people.document AS person
      FROM credentials LEFT JOIN people ON people.person_id = credentials.person_id WHERE hash = ${hash}`
    const credential = row && credentialIn(row, onUnreadable)
    if (credential === undefined) return undefined
    const { person_id, person } = row!
    const people = person === null ? [] : peopleIn([{ person_id, document: person }], onUnreadable)
    return { credential, person: people[0] }
  },
  async credentials(kind, person) {
    const whose = person === undefined ? sql`` : sql`AND person_id = ${person}`
    const rows: CredentialRow[] = await sql`SELECT credential_id, document, used_at FROM credentials
      WHERE kind = ${kind} ${whose} ORDER BY made_at, credential_id`
    return rows.flatMap((row) => credentialIn(row, onUnreadable) ?? [])
  },
  async use(hash, at) {
    await sql`UPDATE credentials SET used_at = ${at} WHERE hash = ${hash} AND used_at < ${at}`
  },
  async present({ show, who, tab, name, screen, at }, since) {
    await sql`INSERT INTO presence ${sql({ show_id: show, who, tab, name, screen, at })}
      ON CONFLICT (show_id, who, tab) DO UPDATE SET name = excluded.name, screen = excluded.screen, at = excluded.at`
    await sql`DELETE FROM presence WHERE at < ${since}`
    await sql`DELETE FROM presence WHERE show_id = ${show} AND who = ${who} AND tab NOT IN (SELECT tab FROM presence
      WHERE show_id = ${show} AND who = ${who} ORDER BY at DESC, tab LIMIT ${WINDOWS_MAX})`
    const rows: Here[] = await sql`SELECT MIN(name) AS name, screen FROM presence
      WHERE show_id = ${show} AND who <> ${who} GROUP BY who, screen ORDER BY name, screen LIMIT ${PRESENT_MAX}`
    return rows.map(({ name, screen }) => ({ name, screen }))
  },
  write: (change, now) =>
    sql
      .begin(async (transaction): Promise<PeopleOutcome> => {
        // Before any read: the second of two sees the first one's result.
        await takeTurn(transaction, '')
        await writeAll(transaction, change, { now, onUnreadable })
        return 'done'
      })
      .catch((cause) => {
        if (cause instanceof Refused) return cause.outcome
        throw cause
      }),
})

async function writeAll(
  sql: SQL,
  change: PeopleChange,
  { now, onUnreadable }: { now: number; onUnreadable: OnUnreadable },
): Promise<void> {
  const { uses, person, removes, ends, adds, entry } = change
  if (adds !== undefined && (await isAdded(sql, adds))) return
  // Changing only credentials cannot remove an owner.
  const isOfPeople = person !== undefined || removes !== undefined
  const before = isOfPeople ? await allOf(sql, onUnreadable) : []
  if (uses !== undefined) await useUp(sql, uses, { now, onUnreadable })
  if (person !== undefined) await writePerson(sql, person, before)
  if (removes !== undefined) await removePerson(sql, removes)
  if (ends !== undefined) await end(sql, ends)
  if (isOfPeople && !keepsOwner(before, await allOf(sql, onUnreadable))) throw new Refused('last-owner')
  await sql`DELETE FROM credentials WHERE ends_at <= ${now}`
  if (adds !== undefined) await sql`INSERT INTO credentials ${sql(rowOf(adds))}`
  if (entry !== undefined) await noteOnce(sql, { show: '', entry, onUnreadable })
}

/**
 * The credential exists, and nobody else can have its secret: this change was written, and a caller that lost the response
 * repeats it.
 */
async function isAdded(sql: SQL, { hash }: Credential): Promise<boolean> {
  const rows: unknown[] = await sql`SELECT 1 FROM credentials WHERE hash = ${hash}`
  return rows.length > 0
}

async function useUp(
  sql: SQL,
  hash: string,
  { now, onUnreadable }: { now: number; onUnreadable: OnUnreadable },
): Promise<void> {
  // Also who cannot be read is somebody.
  const people: unknown[] = await sql`SELECT 1 FROM people LIMIT 1`
  const [row]: CredentialRow[] = await sql`DELETE FROM credentials
    WHERE hash = ${hash} AND kind = 'link' AND ends_at > ${now} RETURNING credential_id, document, used_at`
  const link = row && credentialIn(row, onUnreadable)
  if (link?.kind !== 'link' || (link.makes === 'first' && people.length > 0)) throw new Refused('used')
}

async function writePerson(sql: SQL, person: StoredPerson, before: readonly StoredPerson[]): Promise<void> {
  const key = emailKeyOf(person.email)
  if (before.some((other) => other.person !== person.person && emailKeyOf(other.email) === key))
    throw new Refused('taken')
  const row = { email_key: key, document: JSON.stringify(person), version: person.version }
  const written: unknown[] =
    person.version === 1
      ? await sql`INSERT INTO people ${sql({ person_id: person.person, ...row })} ON CONFLICT DO NOTHING RETURNING version`
      : await sql`UPDATE people SET ${sql(row)}
          WHERE person_id = ${person.person} AND version = ${person.version - 1} RETURNING version`
  if (written.length === 0) throw new Refused('stale')
}

async function removePerson(
  sql: SQL,
  { person, version }: { person: string; version: number },
): Promise<void> {
  const removed: unknown[] = await sql`DELETE FROM people
    WHERE person_id = ${person} AND version = ${version} RETURNING version`
  if (removed.length === 0) throw new Refused('stale')
  await sql`DELETE FROM credentials WHERE person_id = ${person}`
}

async function end(sql: SQL, ended: Ended): Promise<void> {
  if ('id' in ended) {
    await sql`DELETE FROM credentials WHERE credential_id = ${ended.id}`
    return
  }
  const { person, kind, except = '' } = ended
  const ofKind = kind === undefined ? sql`` : sql`AND kind = ${kind}`
  await sql`DELETE FROM credentials WHERE person_id = ${person} AND credential_id <> ${except} ${ofKind}`
}

async function allOf(sql: SQL, onUnreadable: OnUnreadable): Promise<StoredPerson[]> {
  const rows: PersonRow[] = await sql`SELECT person_id, document FROM people ORDER BY email_key`
  return peopleIn(rows, onUnreadable)
}

const peopleIn = (rows: PersonRow[], onUnreadable: OnUnreadable): StoredPerson[] =>
  documentsIn(rows, PEOPLE, { keyOf: ({ person_id }) => [person_id], onUnreadable })

function credentialIn(
  { credential_id, document, used_at }: CredentialRow,
  onUnreadable: OnUnreadable,
): Credential | undefined {
  const credential = documentOr(document, CREDENTIALS, { key: [credential_id], onUnreadable })
  return credential && { ...credential, used: Number(used_at) }
}

const rowOf = (credential: Credential) => ({
  hash: credential.hash,
  credential_id: credential.id,
  kind: credential.kind,
  person_id: credential.person,
  document: JSON.stringify(credential),
  made_at: credential.made,
  used_at: credential.used,
  ends_at: credential.ends,
})
