import { type Grant, type Here, hasOwner } from '../../protocol/people.ts'
import type { AuditEntry } from '../../protocol/trail.ts'

/** Somebody who can sign in, as it is kept. */
export interface StoredPerson {
  person: string
  email: string
  name: string
  roles: Grant[]
  made: number
  /** 1 for the first; each change is the next. */
  version: number
  /** Argon2id, as a PHC string. Absent: no password was set yet. */
  password?: string
  totp?: Totp
  /** Who this is at a provider of OpenID Connect. */
  subject?: { issuer: string; sub: string }
}

/** A second factor by time (RFC 6238). */
export interface Totp {
  /** Base64. A code is made from it, so it is no hash: who reads the store can sign with its keys besides. */
  secret: string
  /** Of the last code that was taken; 0: none was. */
  step: number
  /** SHA-256 of the recovery codes that are left. */
  recovery: string[]
  /** Nothing is asked for until a first code has shown that the authenticator works. */
  isConfirmed: boolean
}

/** Whether somebody can sign in: whoever was invited has a password once they took it up, or were vouched for by a provider. */
const canSignIn = ({ password, subject }: StoredPerson): boolean =>
  password !== undefined || subject !== undefined

/**
 * Whether the installation still has an owner after a change, where it had one: of those who can sign in, if there was one of these. An
 * invitation may never be taken up, and nobody could make another.
 */
export const keepsOwner = (before: readonly StoredPerson[], after: readonly StoredPerson[]): boolean =>
  (!hasOwner(before) || hasOwner(after)) &&
  (!hasOwner(before.filter(canSignIn)) || hasOwner(after.filter(canSignIn)))

/** What was given out once as a secret and is kept as its hash alone. */
interface Given {
  /** What it is called: says nothing about the secret. */
  id: string
  /** SHA-256 of the secret, base64url. */
  hash: string
  /** Whose it is; empty: nobody's. */
  person: string
  made: number
  used: number
  /** From when on it is not good any more. */
  ends: number
}

export type Session = Given & { kind: 'session'; agent: string }
/** Sets a password, once. With `makes` it first makes an owner: the `first` while there is nobody, or a further one. */
export type Link = Given & { kind: 'link'; makes?: 'first' | 'further' }
export type ApiKey = Given & { kind: 'api-key'; name: string; grants: Grant[] }
export type Credential = Session | Link | ApiKey

/** Credentials of one person, or one alone, by its id. */
export type Ended = { person: string; kind?: Credential['kind']; except?: string } | { id: string }

/** What is written together, or not at all. */
export interface PeopleChange {
  /** The hash of a link that this uses up. */
  uses?: string
  /** Written whole, in the place of the version before. */
  person?: StoredPerson
  /** Removed, with everything given to them. */
  removes?: { person: string; version: number }
  ends?: Ended
  adds?: Credential
  entry?: AuditEntry
}

/**
 * `stale`: somebody else was faster, the person is another version by now. `taken`: another person has the e-mail. `used`:
 * the link was used up, or makes a first owner where there are people. `last-owner`: nobody would own the installation any more.
 */
export type PeopleOutcome = 'done' | 'stale' | 'taken' | 'used' | 'last-owner'

/** A window of somebody who works on a show. */
export interface StoredHere extends Here {
  show: string
  /** As the trail has them: who is somebody else. */
  who: string
  tab: string
  at: number
}

/** Windows of one person on one show: those that said so last. */
export const WINDOWS_MAX = 8

/** Names in one answer: more than ever work on one show; the first by the alphabet. */
export const PRESENT_MAX = 50

/** The people's part of the store. */
export interface PeopleStore {
  all(): Promise<StoredPerson[]>
  person(person: string): Promise<StoredPerson | undefined>
  /** @param key See `emailKeyOf`. */
  personOf(key: string): Promise<StoredPerson | undefined>
  /** What has this hash, whether or not its time is over, and whose it is as they are now. */
  credential(hash: string): Promise<{ credential: Credential; person: StoredPerson | undefined } | undefined>
  /** Oldest first. @param person Default: everybody's. */
  credentials(kind: Credential['kind'], person?: string): Promise<Credential[]>
  /** Says that it was used. */
  use(hash: string, at: number): Promise<void>
  /**
   * Says that somebody is there, in the place of what the same window said before, and forgets who said so before `since`, in every show.
   * @returns the others of this show, each person once a screen, at most `PRESENT_MAX`
   */
  present(here: StoredHere, since: number): Promise<Here[]>
  /**
   * Writes a change in one transaction, one after the other also of several processes, so that what it must find is there when
   * it is written. Nothing is written unless it is `done`, or the credential that it adds is there: then it was written before. Credentials whose time is over by `now` are deleted with it.
   */
  write(change: PeopleChange, now: number): Promise<PeopleOutcome>
}
