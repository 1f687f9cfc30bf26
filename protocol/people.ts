/** What somebody may do in the studio, the most first. `docs/people.md` says what each is for. */
export const ROLES = ['owner', 'producer', 'moderator', 'analyst'] as const
export type Role = (typeof ROLES)[number]

/** A role, in one show or, without one, in all of them and in what is no show's own. */
export interface Grant {
  role: Role
  show?: string
}

/** Somebody who can sign in to the studio, as the studio's calls show them: nothing of it is a secret. */
export interface Person {
  person: string
  email: string
  name: string
  roles: Grant[]
  /** Milliseconds since 1970. */
  made: number
  /** Whether there is a password yet; otherwise the invitation waits, or another server signs this person in. */
  password: boolean
  /** Whether a code of a second factor is asked for. */
  totp: boolean
  /** Grows with every change, also with a code of a second factor that is used up. */
  version: number
}

/** One sign-in that has not ended. */
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
  /** The browser, in its own words. */
  agent: string
}

/** Somebody who looks at a screen of the studio. */
export interface Here {
  name: string
  screen: string
}

/** How addresses of mail are compared: in their composed form, without case. */
export const emailKeyOf = (email: string): string => email.normalize('NFC').toLowerCase().normalize('NFC')

/** Whether somebody of these owns the whole installation: without one nobody could ever invite anybody again. */
export const hasOwner = (people: readonly { roles: readonly Grant[] }[]): boolean =>
  people.some(({ roles }) => roles.some(({ role, show }) => role === 'owner' && show === undefined))
