import * as v from 'valibot'
import { type Setting, setting, switchSetting } from '../../settings/setting.ts'
import { readConfig } from '../config.ts'
import { combined } from '../roles/combined.ts'
import { edge } from '../roles/edge.ts'
import { checkRole, readerOf, settingsOf } from '../roles/ownership.ts'
import type { Role } from '../roles/role.ts'
import { ROLES } from '../roles/roles.ts'
import { up } from '../roles/up.ts'
import { runRole } from '../run-role.ts'
import { SETTINGS } from '../settings.ts'
import { warnOnStderr } from '../warnings.ts'
import type { Command } from './command.ts'

/** Read before all other flags, because it decides which of them are allowed. */
const ONLY: Setting = {
  ...setting(v.string(), '', 'Cluster roles to run in this process, with their own settings.'),
  group: 'Process',
  placeholder: 'ROLE,ROLE',
  isFlagOnly: true,
}

const CHECK: Setting = {
  ...switchSetting('Check the settings, as roar check-config does, without starting.'),
  group: 'Process',
  isFlagOnly: true,
}

/** Each role is a command; its settings are those of its parts. */
export const commands: readonly Command[] = ROLES.map((role) => ({
  name: role.name,
  summary: role.summary,
  args: [],
  settings: {
    ...(role === up && { only: ONLY }),
    check: CHECK,
    ...Object.fromEntries(settingsOf(role).map((name) => [name, SETTINGS[name]])),
  },
  examples: role.examples,
  run: (argv) => {
    const { only, rest } = onlyIn(argv)
    return only === undefined || role !== up ? start(role, argv) : start(combined(only), rest)
  },
}))

async function start(role: Role, argv: string[]): Promise<number> {
  const given = argv.filter((word) => !/^--check(=true)?$/.test(word))
  const isCheck = given.length < argv.length
  const config = readConfig({ argv: given, env: process.env, reader: readerOf(role), warn: warnOnStderr })
  checkRole(role, config, warnOnStderr)
  if (isCheck) return 0
  // With several workers, processes share the ports of one edge.
  if (role === edge && config.workers > 1)
    return (await import('../workers/edge-workers.ts')).runEdgeWorkers(config)
  return runRole(role, config)
}

/** Removes `--only a,b` from the arguments. */
function onlyIn(argv: string[]): { only?: string[]; rest: string[] } {
  const at = argv.findIndex((word) => word === '--only' || word.startsWith('--only='))
  if (at === -1) return { rest: argv }
  const attached = argv[at]!.startsWith('--only=')
  const value = attached ? argv[at]!.slice('--only='.length) : (argv[at + 1] ?? '')
  const only = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return { only, rest: argv.toSpliced(at, attached ? 1 : 2) }
}
