/** The screens of a show, in the order of a night. */
export const SCREENS = [{ path: 'desk', title: 'Live desk' }] as const

export type ScreenPath = (typeof SCREENS)[number]['path']
