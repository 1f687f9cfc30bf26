/** The roles in the studio, the most powerful first. `docs/people.md` says what each is for. */
export const ROLES = ['owner', 'producer', 'moderator', 'analyst'] as const
export type Role = (typeof ROLES)[number]

/** A role in one show or, without `show`, in all shows and in what belongs to no show. */
export interface Grant {
  role: Role
  show?: string
}

/** A person who can sign in to the studio, as its API shows them: without secrets. */
export interface Person {
  person: string
  email: string
  name: string
  roles: Grant[]
  /** Milliseconds since 1970. */
  made: number
  /** Whether there is a password; otherwise the invitation is pending, or another server signs this person in. */
  password: boolean
  /** Whether a second factor is required. */
  totp: boolean
  /** Grows with every change, also when a code of a second factor is used up. */
  version: number
}

/** An active sign-in. */
export interface SessionView {
  session: string
  person: string
  name: string
  email: string
  roles: Grant[]
  made: number
  /** When it was last used, to the minute. */
  used: number
  /** When it ends at the latest. */
  expires: number
  /** The browser's User-Agent. */
  agent: string
}

/** Somebody who has a screen of the studio open. */
export interface Here {
  name: string
  screen: string
}

/** Normalises e-mail addresses for comparison: composed form, without case. */
export const emailKeyOf = (email: string): string => email.normalize('NFC').toLowerCase().normalize('NFC')

/** Whether any of these people owns the whole installation: without an owner nobody could invite anybody again. */
export const hasOwner = (people: readonly { roles: readonly Grant[] }[]): boolean =>
  people.some(({ roles }) => roles.some(({ role, show }) => role === 'owner' && show === undefined))
