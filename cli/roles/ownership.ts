import { TRACING_SETTINGS } from '../../services/tracing/settings.ts'
import type { Reader } from '../../settings/read.ts'
import { namesOf } from '../../settings/setting.ts'
import { wantedOf } from '../assembly/part.ts'
import { CLIENT_SETTINGS } from '../client-settings.ts'
import { type Config, SETTINGS, type SettingName } from '../settings.ts'
import { certificateOf } from '../tls/certificate.ts'
import type { Role } from './role.ts'
import { ROLES } from './roles.ts'

/** What every process reads, whatever its parts. */
const OF_ALL = [
  ...(['host', 'port', 'tls-cert', 'tls-key', 'tls-min', 'hsts-s', 'idle-s', 'data', 'log-level'] as const),
  ...namesOf(TRACING_SETTINGS),
] as const satisfies SettingName[]

/** The settings of a role: what its parts read, in the order of definition. */
export function settingsOf({ parts, settings = [] }: Role): SettingName[] {
  const read = new Set<SettingName>([...OF_ALL, ...settings, ...parts.flatMap((part) => part.settings)])
  return (Object.keys(SETTINGS) as SettingName[]).filter((name) => read.has(name))
}

const commandOf = ({ name }: Role): string => `roar ${name}`

/** Which role reads which settings, for messages. */
export const readerOf = (role: Role): Reader => ({
  name: commandOf(role),
  table: role.name,
  owns: new Set(settingsOf(role)),
  ownersOf(name) {
    const owners = ROLES.filter((other) => settingsOf(other).includes(name as SettingName))
    return owners.length > 0 ? owners.map(commandOf) : ['commands for producers']
  },
  sharesEnvironment: role.sharesEnvironment ?? true,
  besides: new Set(Object.keys(CLIENT_SETTINGS)),
})

/** Finds faults in the settings and the files that they name, before anything is opened. @throws ConfigError */
export function checkRole({ parts, check }: Role, config: Config): void {
  check?.(config)
  certificateOf('tls', config, Date.now())
  for (const part of wantedOf(parts, config)) part.check(config)
}
