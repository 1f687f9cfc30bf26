import { ConfigError } from '../../settings/config-error.ts'
import { wantedOf } from '../assembly/part.ts'
import { readConfig } from '../config.ts'
import { bad, type Finding, ok, warn } from '../doctor/finding.ts'
import { machineFindings } from '../doctor/machine.ts'
import { partFindings } from '../doctor/parts.ts'
import { publicFindings } from '../doctor/public.ts'
import { serverFindings } from '../doctor/server.ts'
import { roleCalled } from '../roles/called.ts'
import { checkRole, readerOf } from '../roles/ownership.ts'
import type { Role } from '../roles/role.ts'
import { type Config, SETTINGS } from '../settings.ts'
import { tableOf } from '../table.ts'
import { versionText } from '../version.ts'
import type { Command } from './command.ts'

export const commands: readonly Command[] = [
  {
    name: 'doctor',
    summary:
      'checks this installation: settings, files, disk, the server, the path to it, and the services it needs',
    args: ['[ROLE]'],
    settings: SETTINGS,
    examples: ['roar doctor', 'roar doctor ingest --config roar.toml'],
    notes: 'It uses the settings of the role (default: up) and exits with 1 if that role would not work.',
    async run([first = '', ...rest]) {
      const isRole = first !== '' && !first.startsWith('-')
      const findings = await examine(isRole ? first : 'up', isRole || first === '' ? rest : [first, ...rest])
      process.stdout.write(tableOf([['', 'what', 'finding'], ...findings.map(row)]))
      return findings.some(({ state }) => state === 'bad') ? 1 : 0
    },
  },
]

const row = ({ state, what, says }: Finding): string[] => [state, what, says]

/** Whether viewers get packets from a process of this role, or learn from it where to get them. */
const sendsViewers = (role: Role, config: Config): boolean =>
  wantedOf(role.parts, config).some(({ serves }) => serves.includes('packets') || serves.includes('taps'))

async function examine(name: string, argv: string[]): Promise<Finding[]> {
  const role = roleCalled('doctor', name)
  const version = ok('version', versionText().trim())
  const warnings: Finding[] = []
  const keep = (says: string): void => void warnings.push(warn('settings', says))
  let config: Config
  try {
    config = readConfig({ argv, env: process.env, reader: readerOf(role), warn: keep })
    checkRole(role, config, keep)
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    return [version, ...warnings, bad('settings', cause.message)]
  }
  return [
    version,
    ok('settings', `valid for roar ${name}`),
    ...warnings,
    ...machineFindings(config),
    ...(await serverFindings(config)),
    ...(await publicFindings(config, sendsViewers(role, config))),
    ...(await partFindings(config)),
  ]
}
