import { ConfigError } from '../../settings/config-error.ts'
import { nearest } from '../../settings/nearest.ts'
import type { Role } from './role.ts'
import { ROLES } from './roles.ts'

/**
 * Several cluster roles in one process: the union of their parts. Where two have a part of one name, the required one is used.
 * @throws ConfigError for a name that is no cluster role
 */
export function combined(names: string[]): Role {
  const roles = ROLES.filter(({ name }) => names.includes(name))
  const known = ROLES.map(({ name }) => name).filter((name) => name !== 'up')
  const wrong = names.find((name) => !(known as string[]).includes(name))
  if (wrong !== undefined || names.length === 0) {
    const meant = wrong === undefined ? undefined : nearest(wrong, known)
    const advice = meant === undefined ? `they are ${known.join(', ')}` : `did you mean ${meant}?`
    throw new ConfigError('--only', `${JSON.stringify(wrong ?? '')} is not a role of a cluster; ${advice}`)
  }
  const parts = [...new Set(roles.flatMap(({ parts }) => parts))]
  return {
    name: 'up',
    summary: 'several roles of a cluster in this one process',
    examples: [],
    parts: [
      ...parts.filter(({ isOptional }) => !isOptional),
      ...parts.filter(({ isOptional }) => isOptional),
    ],
    fastLane: roles.some(({ fastLane }) => fastLane),
    check(config) {
      for (const { check } of roles) check?.(config)
    },
  }
}
