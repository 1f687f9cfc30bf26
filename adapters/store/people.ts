import { type Grant, type Here, hasOwner } from '../../protocol/people.ts'
import type { AuditEntry } from '../../protocol/trail.ts'

/** A person who can sign in, as stored. */
export interface StoredPerson {
  person: string
  email: string
  name: string
  roles: Grant[]
  made: number
  /** 1 at first, incremented with each change. */
  version: number
  /** Argon2id, as a PHC string. Absent: no password yet. */
  password?: string
  totp?: Totp
  /** The identity at an OpenID Connect provider. */
  subject?: { issuer: string; sub: string }
}

/** A time-based second factor (RFC 6238). */
export interface Totp {
  /** Base64. Not a hash, because codes are computed from it: a reader of the store can use its signing keys anyway. */
  secret: string
  /** The step of the last accepted code; 0: none. */
  step: number
  /** SHA-256 of the unused recovery codes. */
  recovery: string[]
  /** Not required until a first code has shown that the authenticator works. */
  isConfirmed: boolean
}

/** Whether somebody can sign in: invited people once they have set a password, or were vouched for by a provider. */
const canSignIn = ({ password, subject }: StoredPerson): boolean =>
  password !== undefined || subject !== undefined

/**
 * Whether the installation keeps an owner after a change, if it had one: one who can sign in, if there was such. An invitation
 * may never be accepted, and then nobody could invite another.
 */
export const keepsOwner = (before: readonly StoredPerson[], after: readonly StoredPerson[]): boolean =>
  (!hasOwner(before) || hasOwner(after)) &&
  (!hasOwner(before.filter(canSignIn)) || hasOwner(after.filter(canSignIn)))

/** A secret given out once, of which only the hash is stored. */
interface Given {
  /** What it is called: says nothing about the secret. */
  id: string
  /** SHA-256 of the secret, base64url. */
  hash: string
  /** Its owner; empty: nobody's. */
  person: string
  made: number
  used: number
  /** When it expires. */
  ends: number
}

export type Session = Given & { kind: 'session'; agent: string }
/** Sets a password, once. With `makes` it first creates an owner: the `first` while there is nobody, or a further one. */
export type Link = Given & { kind: 'link'; makes?: 'first' | 'further' }
export type ApiKey = Given & { kind: 'api-key'; name: string; grants: Grant[] }
export type Credential = Session | Link | ApiKey

/** Credentials of one person, or a single one by id. */
export type Ended = { person: string; kind?: Credential['kind']; except?: string } | { id: string }

/** A change that is written atomically. */
export interface PeopleChange {
  /** The hash of a link that it uses up. */
  uses?: string
  /** Written whole, replacing the previous version. */
  person?: StoredPerson
  /** Removed, with all credentials. */
  removes?: { person: string; version: number }
  ends?: Ended
  adds?: Credential
  entry?: AuditEntry
}

/**
 * `stale`: the person has changed meanwhile. `taken`: another person has the e-mail. `used`: the link was used up, or would make
 * a first owner where there are people. `last-owner`: nobody would own the installation any more.
 */
export type PeopleOutcome = 'done' | 'stale' | 'taken' | 'used' | 'last-owner'

/** A browser window of somebody who works on a show. */
export interface StoredHere extends Here {
  show: string
  /** The name in the audit trail: tells people apart. */
  who: string
  tab: string
  at: number
}

/** Windows of one person on one show: the most recent ones. */
export const WINDOWS_MAX = 8

/** Names in one response: more than ever work on one show; the first in alphabetical order. */
export const PRESENT_MAX = 50

/** The people's part of the store. */
export interface PeopleStore {
  all(): Promise<StoredPerson[]>
  person(person: string): Promise<StoredPerson | undefined>
  /** @param key See `emailKeyOf`. */
  personOf(key: string): Promise<StoredPerson | undefined>
  /** The credential with this hash, even if expired, with its person's present state. */
  credential(hash: string): Promise<{ credential: Credential; person: StoredPerson | undefined } | undefined>
  /** Oldest first. @param person Default: everybody's. */
  credentials(kind: Credential['kind'], person?: string): Promise<Credential[]>
  /** Records a use. */
  use(hash: string, at: number): Promise<void>
  /**
   * Records somebody's presence, replacing what the same window reported before, and drops reports before `since`, in every show.
   * @returns the others of this show, each person once a screen, at most `PRESENT_MAX`
   */
  present(here: StoredHere, since: number): Promise<Here[]>
  /**
   * Writes a change in one transaction, serialised over all processes, so that its conditions hold when it is written. Nothing is
   * written unless the result is `done`, or the credential that it adds exists: then it was written before. Deletes credentials
   * that have expired by `now`.
   */
  write(change: PeopleChange, now: number): Promise<PeopleOutcome>
}
