import { ConfigError } from '../../settings/config-error.ts'
import { nearest } from '../../settings/nearest.ts'
import { ROLE_NAMES } from './names.ts'
import type { Role } from './role.ts'
import { ROLES } from './roles.ts'

/** The role of that name. @param command Whose argument it is. @throws ConfigError for an unknown name */
export function roleCalled(command: string, name: string): Role {
  const role = ROLES.find((role) => role.name === name)
  if (role !== undefined) return role
  const meant = nearest(name, ROLE_NAMES)
  const advice = meant === undefined ? `they are ${ROLE_NAMES.join(', ')}` : `did you mean ${meant}?`
  throw new ConfigError(command, `${JSON.stringify(name)} is not a role; ${advice}`)
}
