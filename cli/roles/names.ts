/** The names of the roles: commands, and tables of a shared configuration file. */
export const ROLE_NAMES = ['up', 'ingest', 'aggregate', 'deliver', 'edge', 'bridge', 'studio'] as const
export type RoleName = (typeof ROLE_NAMES)[number]
