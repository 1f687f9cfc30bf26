import type { Grant, Role } from '../../../protocol/people.ts'

/** Each role's permissions, in a sentence. */
export const ROLE_CHOICES: { id: Role; title: string; about: string }[] = [
  { id: 'producer', title: 'Producer', about: 'Makes shows and runs them: everything but people' },
  { id: 'moderator', title: 'Moderator', about: 'Removes posts and mutes viewers' },
  { id: 'analyst', title: 'Analyst', about: 'Sees results and exports, changes nothing' },
  { id: 'owner', title: 'Owner', about: 'Everything, people as well' },
]

export const roleTitle = (role: Role): string => ROLE_CHOICES.find(({ id }) => id === role)!.title

/** `Producer`, `Moderator in final`. */
export const grantWords = ({ role, show }: Grant): string =>
  show === undefined ? roleTitle(role) : `${roleTitle(role)} in ${show}`
