/** The roles by their names, as commands and as tables of a file that several share. */
export const ROLE_NAMES = ['up', 'ingest', 'aggregate', 'deliver', 'edge', 'bridge', 'studio'] as const
export type RoleName = (typeof ROLE_NAMES)[number]
