import type { Role } from '../../../protocol/people.ts'

/** The screens of a show, in the order of a night, with the least role for each. */
export const SCREENS = [
  { path: 'prepare', title: 'Prepare', least: 'producer' },
  { path: 'desk', title: 'Live desk', least: 'producer' },
  { path: 'moderation', title: 'Moderation', least: 'moderator' },
  { path: 'integrity', title: 'Integrity', least: 'analyst' },
  { path: 'after', title: 'After', least: 'analyst' },
] as const satisfies { path: string; title: string; least: Role }[]

export type ScreenPath = (typeof SCREENS)[number]['path']
