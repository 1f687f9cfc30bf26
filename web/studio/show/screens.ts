/** The screens of a show, in the order of a night. */
export const SCREENS = [
  { path: 'prepare', title: 'Prepare' },
  { path: 'desk', title: 'Live desk' },
  { path: 'moderation', title: 'Moderation' },
  { path: 'integrity', title: 'Integrity' },
  { path: 'after', title: 'After' },
] as const

export type ScreenPath = (typeof SCREENS)[number]['path']
