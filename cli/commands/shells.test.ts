import { describe, expect, test } from 'bun:test'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { heard } from '../../test/command-line.ts'
import { temporaryFolder } from '../../test/embedded.ts'
import { needs } from '../../test/needs.ts'
import { ROAR } from '../../test/roar-process.ts'
import { readConfig } from '../config.ts'
import { readerOf } from '../roles/ownership.ts'
import { ROLES } from '../roles/roles.ts'
import { COMMANDS } from './commands.ts'
import { completionOf } from './completion.ts'
import { commands as init } from './init.ts'
import { configSchema } from './schema.ts'

const [completion] = completionOf(COMMANDS)

const printed = async (run: () => Promise<number>): Promise<string> => (await heard(run)).out

describe('what roar init writes', () => {
  test.each(ROLES.map((role) => [role.name, role] as const))(
    'for roar %s is what it takes, and changes nothing',
    async (name, role) => {
      const text = await printed(() => init[0]!.run([name, '--file', '-']))
      const uncommented = text.replaceAll(/^# ([a-z-]+ = .*)$/gm, '$1')
      const reader = readerOf(role)
      const read = (file: string) =>
        readConfig({ argv: ['--config', 'f'], env: {}, reader, readFile: () => file })
      expect(read(text)).toEqual(read(''))
      expect(read(uncommented)).toEqual(read(''))
      expect(uncommented).toContain('\nport = 7766\n')
    },
  )

  test('is a file for its owner alone, and never in the place of another', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'roar.toml')
    // Who opened a data folder before, in this process, has left a strict one.
    process.umask(0o022)
    await printed(() => init[0]!.run(['--file', file]))
    expect(existsSync(file)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(init[0]!.run(['--file', file])).rejects.toThrow('already exists')
    expect(init[0]!.run(['upp'])).rejects.toThrow('"upp" is not a role; did you mean up?')
  })
})

test('the schema of the file has every setting, and those of a role in its table', () => {
  const { properties = {} } = configSchema()
  expect(properties['window-ms']).toMatchObject({ minimum: 50, maximum: 60_000, default: 250 })
  expect(properties['auth-secret-file']).toMatchObject({ type: 'string' })
  expect(Object.keys((properties.edge as { properties: object }).properties)).toContain('upstream')
  expect(Object.keys((properties.edge as { properties: object }).properties)).not.toContain('spark')
})

const SHELLS = {
  bash: (words: string[]) =>
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _roar; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // The two functions are the shell's own, which work only at a prompt.
  zsh: (words: string[]) =>
    `compadd() { shift; print -l -- \${(M)@:#${words.at(-1)}*} }; words=(${words.join(' ')}); CURRENT=${words.length}; _roar`,
  fish: (words: string[]) => `complete -C '${words.join(' ')}'`,
}
const BEFORE = { bash: '', zsh: 'compdef() {}\n', fish: '' }

/** What a shell offers for the last of these words. */
async function offered(shell: keyof typeof SHELLS, words: string[]): Promise<string[]> {
  const script = await printed(() => completion!.run([shell]))
  const noSettings = { bash: ['--norc'], zsh: ['-f'], fish: ['-N'] }[shell]
  const ran = Bun.spawnSync([
    shell,
    ...noSettings,
    '-c',
    `${BEFORE[shell]}${script}\n${SHELLS[shell](words)}`,
  ])
  return ran.stdout.toString().trim().split('\n').sort()
}

describe.each(['bash', 'zsh', 'fish'] as const)('%s completes', (shell) => {
  test.skipIf(!needs(shell)).each([
    ['commands', ['roar', 'au'], ['audit']],
    ['their steps', ['roar', 'poll', 'se'], ['seal']],
    ['the flags of a step', ['roar', 'poll', 'create', 'final', '--que'], ['--question']],
    ['the settings of a role', ['roar', 'edge', '--relay-na'], ['--relay-names']],
    ["no other role's", ['roar', 'edge', '--spark'], ['']],
    ['a secret, and its file', ['roar', 'up', '--auth-sec'], ['--auth-secret', '--auth-secret-file']],
    ['flags of the load tool', ['roar', 'load', '--p9'], ['--p99-ms']],
    ['and those of its votes', ['roar', 'load', '--twi'], ['--twice']],
    ['what is to be verified', ['roar', 'verify', '--rec'], ['--receipt', '--recount']],
    ['a role as an argument', ['roar', 'doctor', 'ed'], ['edge']],
  ])('%s', async (_, words, expected) => {
    expect(await offered(shell, words)).toEqual(expected)
  })
})

test('a shell that is none is named with those that there are', () => {
  expect(completion!.run(['csh'])).rejects.toThrow('"csh" is not one of: bash, zsh, fish')
})

test('the version takes nothing, and says what it was given', () => {
  const said = Bun.spawnSync([ROAR, 'version', '--josn'], { stderr: 'pipe' })
  expect(said.stderr.toString()).toBe('roar: version: "--josn" is too many: it accepts no arguments\n')
  expect(said.exitCode).toBe(2)
})

test('a command without settings has a help as well', async () => {
  const said = Bun.spawnSync([ROAR, 'schema', '--help'])
  expect(said.stdout.toString()).toStartWith('roar schema\n')
  expect(said.exitCode).toBe(0)
})
