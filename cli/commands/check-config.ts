import { printSettings } from '../../settings/print.ts'
import { readConfig } from '../config.ts'
import { roleCalled } from '../roles/called.ts'
import { checkRole, readerOf, settingsOf } from '../roles/ownership.ts'
import { type Config, SETTINGS, type SettingName } from '../settings.ts'
import { unwiseTokens, warnOnStderr } from '../warnings.ts'
import type { Command } from './command.ts'

export const commands: readonly Command[] = [
  {
    name: 'check-config',
    summary: 'checks all settings of a role and prints them, with secrets hidden',
    args: ['[ROLE]'],
    settings: SETTINGS,
    examples: ['roar check-config edge --config roar.toml', 'roar check-config up'],
    notes: 'Without a role, every setting is allowed, and errors that depend on the role are not found.',
    async run([first = '', ...rest]) {
      const isRole = first !== '' && !first.startsWith('-')
      const warned = isRole ? checkOne(first, rest) : checkAll(first === '' ? rest : [first, ...rest])
      if (warned !== undefined) warnOnStderr(warned)
      return 0
    },
  },
]

function checkOne(name: string, argv: string[]): string | undefined {
  const role = roleCalled('check-config', name)
  const config = readConfig({ argv, env: process.env, reader: readerOf(role), warn: warnOnStderr })
  checkRole(role, config, warnOnStderr)
  return print(config, settingsOf(role))
}

const checkAll = (argv: string[]): string | undefined =>
  print(readConfig({ argv, env: process.env, warn: warnOnStderr }), Object.keys(SETTINGS) as SettingName[])

/** Prints the settings. Returns a warning, if there is one. */
function print(config: Config, names: SettingName[]): string | undefined {
  process.stdout.write(printSettings(Object.fromEntries(names.map((name) => [name, SETTINGS[name]])), config))
  return names.includes('auth-jwks') ? unwiseTokens(config) : undefined
}
