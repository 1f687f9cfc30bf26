import { TRACING_SETTINGS } from '../../services/tracing/settings.ts'
import type { Reader } from '../../settings/read.ts'
import { namesOf, type Setting } from '../../settings/setting.ts'
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

/**
 * Finds faults in the settings and in the files that they name, before anything is opened.
 * @param warn Called with a sentence for settings without effect. @throws ConfigError
 */
export function checkRole(role: Role, config: Config, warn: (sentence: string) => void): void {
  role.check?.(config)
  certificateOf('tls', config, Date.now())
  for (const part of wantedOf(role.parts, config)) part.check(config)
  for (const sentence of withoutEffect(role, config)) warn(sentence)
}

/** Settings that have no effect because of another setting: one sentence for each reason. */
function withoutEffect(role: Role, config: Config): string[] {
  const wanted = wantedOf(role.parts, config)
  const read = new Set(settingsOf({ ...role, parts: wanted }))
  const why = (name: SettingName): string | undefined => {
    if (!read.has(name))
      return role.parts.find((part) => !wanted.includes(part) && part.settings.includes(name))?.idle(config)
    const { needs }: Setting = SETTINGS[name]
    const isIdle = needs?.every((other) => !isSet(config[other as SettingName]))
    return isIdle ? `without ${needs!.join(' or ')}` : undefined
  }
  const given = settingsOf(role).filter((name) => !Bun.deepEquals(config[name], SETTINGS[name].default))
  return [...Map.groupBy(given, why)].flatMap(([reason, names]) =>
    reason === undefined ? [] : [`${names.join(', ')}: no effect ${reason}`],
  )
}

const isSet = (value: Config[SettingName]): boolean =>
  !['', 'off', 0, false].includes(value as string) && !(Array.isArray(value) && value.length === 0)
