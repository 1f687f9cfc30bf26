import { existsSync } from 'node:fs'
import * as v from 'valibot'
import { ConfigError } from '../../settings/config-error.ts'
import { type Settings, setting } from '../../settings/setting.ts'
import { roleCalled } from '../roles/called.ts'
import { settingsOf } from '../roles/ownership.ts'
import { SETTINGS } from '../settings.ts'
import { writeWhole } from '../whole-file.ts'
import { command } from './command.ts'

export const commands = [
  command({
    name: 'init',
    summary: 'writes a file with every setting of a role, each with its description and default',
    args: ['[ROLE]'],
    flags: {
      file: {
        ...setting(
          v.string(),
          'roar.toml',
          'The file to write; - is standard output. An existing file is not overwritten.',
        ),
        placeholder: 'FILE',
      },
    },
    examples: ['roar init', 'roar init edge --file edge.toml'],
    async run({ file }, [name = 'up']) {
      const text = commented(name)
      if (file === '-') {
        process.stdout.write(text)
        return 0
      }
      if (existsSync(file)) throw new ConfigError('--file', `${JSON.stringify(file)} already exists`)
      // Readable by the owner alone: somebody may write a secret into it.
      writeWhole(file, text, { mode: 0o600 })
      process.stdout.write(`${file} is written: roar ${name} --config ${file}\n`)
      return 0
    },
  }),
]

function commented(name: string): string {
  const role = roleCalled('init', name)
  const settings: Settings = Object.fromEntries(settingsOf(role).map((each) => [each, SETTINGS[each]]))
  const groups = Map.groupBy(Object.entries(settings), ([, { group = '' }]) => group)
  const head = `# Settings of roar ${name}: uncomment those that you change. Flags and ROAR_… variables override this file.\n# roar check-config ${name} --config FILE checks this file.\n`
  const blocks = [...groups].map(([title, members]) => `\n# ${title}\n${members.map(lines).join('')}`)
  return head + blocks.join('')
}

const lines = ([name, { help, default: fallback }]: [string, Settings[string]]): string =>
  `\n# ${help}\n# ${name} = ${JSON.stringify(fallback)}\n`
