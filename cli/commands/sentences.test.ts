import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/embedded.ts'
import { ROAR } from '../../test/roar-process.ts'
import { runVerify } from '../verify.ts'
import { commands as audit } from './audit.ts'
import { commands as backup } from './backup.ts'
import { COMMANDS } from './commands.ts'
import { commands as replay } from './replay.ts'
import { commands as show } from './show.ts'
import { commands as token } from './token.ts'

const ALL = [...audit, ...backup, ...replay, ...show, ...token]

/** The error message of a command that fails. */
async function said(name: string, argv: string[]): Promise<string> {
  const run = name === 'verify' ? runVerify : ALL.find((one) => one.name === name)!.run
  return run(argv).then(
    (code) => `it ended with ${code}`,
    (cause: Error) => `${cause.name}: ${cause.message}`,
  )
}

test.each<[string, string[], string]>([
  ['show list', ['--url', 'localhost:7766'], '"localhost:7766" is not an address like http://localhost:7766'],
  ['show list', ['--url', 'ftp://x'], '"ftp://x" is not an address like http://localhost:7766'],
  ['token make', ['--sub', 'x', '--expires', '0s'], '"0s" is not a length of time like 60s, 10m or 2h30m'],
  ['show apply', ['FOLDER'], 'FOLDER: cannot be read: it is a folder'],
  ['show apply', ['NOWHERE'], 'NOWHERE: cannot be read: there is no such file'],
  ['audit', ['final', 'mvp', '--data', 'NOWHERE'], '"NOWHERE/log.db" cannot be read: there is no such file'],
  ['restore', ['FOLDER', '--data', 'NOWHERE'], 'FOLDER cannot be read: it is a folder'],
  ['restore', ['NOWHERE', '--data', 'NOWHERE-2'], 'NOWHERE cannot be read: there is no such file'],
  // Whoever calls it in a script with nothing to check has checked nothing.
  ['verify', [], '--keys: is missing'],
  ['verify', ['--keys', 'FOLDER', '--receipt', 'EMPTY'], 'FOLDER cannot be read: it is a folder'],
  ['replay', ['FOLDER', '--show', 'r'], 'FOLDER cannot be read: it is a folder'],
  ['replay', ['EMPTY', '--show', 'r'], 'EMPTY: not a recording'],
])(
  'roar %s %j: says in one sentence what was given and what is wrong with it',
  async (name, argv, sentence) => {
    using folder = temporaryFolder()
    mkdirSync(join(folder.path, 'FOLDER'))
    writeFileSync(join(folder.path, 'EMPTY'), '')
    const placed = argv.map((word) => (/^(FOLDER|NOWHERE|EMPTY)/.test(word) ? join(folder.path, word) : word))
    const answer = await said(name, placed)
    expect(answer.replaceAll(`${folder.path}/`, '')).toContain(sentence)
    expect(answer).toStartWith('ConfigError')
    expect(answer).not.toContain('\n')
  },
)

test.each(['show', 'poll', 'token'])(
  'roar %s --help has an example of each of its commands',
  async (word) => {
    const row = COMMANDS.find(({ name }) => name === word)!
    const { commands } = await row.load()
    const help = Bun.spawnSync([ROAR, word, '--help']).stdout.toString()
    for (const { name } of commands) expect(help).toMatch(new RegExp(`^  roar ${name}\\b`, 'm'))
  },
)
