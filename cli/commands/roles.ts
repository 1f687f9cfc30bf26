import { readConfig } from '../config.ts'
import { edge } from '../roles/edge.ts'
import { checkRole, readerOf, settingsOf } from '../roles/ownership.ts'
import type { Role } from '../roles/role.ts'
import { ROLES } from '../roles/roles.ts'
import { runRole } from '../run-role.ts'
import { SETTINGS } from '../settings.ts'
import { warnOnStderr } from '../warnings.ts'
import type { Command } from './command.ts'

/** Each role is a command whose settings are those that its parts read. */
export const commands: readonly Command[] = ROLES.map((role) => ({
  name: role.name,
  summary: role.summary,
  args: [],
  settings: Object.fromEntries(settingsOf(role).map((name) => [name, SETTINGS[name]])),
  examples: role.examples,
  run: (argv) => start(role, argv),
}))

async function start(role: Role, argv: string[]): Promise<number> {
  const config = readConfig({ argv, env: process.env, reader: readerOf(role), warn: warnOnStderr })
  checkRole(role, config)
  // Several workers share the ports of one edge.
  if (role === edge && config.workers > 1)
    return (await import('../workers/edge-workers.ts')).runEdgeWorkers(config)
  return runRole(role, config)
}
