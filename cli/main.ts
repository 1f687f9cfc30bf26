#!/usr/bin/env bun
import { FLEET_PROCESS } from '../load/fleet-talk.ts'
import { PICTURE_WORKER } from '../services/media/picture-maker.ts'
import { ConfigError } from '../settings/config-error.ts'
import { nearest } from '../settings/nearest.ts'
import { type Command, helpOf } from './commands/command.ts'
import { COMMANDS } from './commands/commands.ts'
import { endWithOutput, exitWith } from './exit-with.ts'
import { versionText } from './version.ts'
import { EDGE_WORKER } from './workers/worker-talk.ts'

const HELP = ['help', '--help', '-h']
const VERSION = ['version', '--version', '-v', '-V']

/** Runs a command and returns the exit code: 0 done, 1 it failed or found a difference, 2 it could not start. */
async function run([word = 'help', ...argv]: string[]): Promise<number> {
  if (VERSION.includes(word)) return tellVersion(argv)
  if (HELP.includes(word)) return argv[0] === undefined ? print(usage()) : run([...argv, '--help'])
  if (word === EDGE_WORKER) return (await import('./workers/edge-worker.ts')).runEdgeWorker()
  if (word === PICTURE_WORKER) return (await import('../services/media/worker/picture-worker.ts')).exitCode
  if (word === FLEET_PROCESS) return (await import('../load/fleet-process.ts')).ended
  const row = COMMANDS.find(({ name }) => name === word)
  if (row === undefined) throw new ConfigError(word, unknown(COMMANDS, word, 'roar help lists them'))
  const ofWord = (await row.load()).commands.filter(({ name }) => name.split(' ')[0] === word)
  const one = ofWord.find(({ name }) => name === word)
  if (one !== undefined) return start(one, argv)
  const [second = '--help', ...rest] = argv
  if (HELP.includes(second)) return print(groupHelp(word, ofWord))
  const named = ofWord.find(({ name }) => name === `${word} ${second}`)
  if (named !== undefined) return start(named, rest)
  throw new ConfigError(`${word} ${second}`, unknown(ofWord, `${word} ${second}`, `roar ${word} lists them`))
}

const start = (command: Command, argv: string[]): Promise<number> | number =>
  argv.some((word) => HELP.includes(word) && word !== 'help') && !readsItself(command)
    ? print(helpOf(command))
    : command.run(argv)

/** Whether the command prints a help of its own. */
const readsItself = ({ ownFlags }: Command): boolean => ownFlags !== undefined

function unknown(commands: readonly { name: string }[], word: string, advice: string): string {
  const meant = nearest(
    word,
    commands.map(({ name }) => name),
  )
  return `is not a command; ${meant === undefined ? advice : `did you mean roar ${meant}?`}`
}

const usage = (): string => `${list(COMMANDS)}\nroar COMMAND --help describes one command. ${versionText()}`

/** The text of `roar show --help`: what it can do, an example of each, and where the flags are described. */
function groupHelp(word: string, commands: readonly Command[]): string {
  const examples = commands.flatMap(({ examples }) => examples.slice(0, 1).map((line) => `  ${line}\n`))
  return `${list(commands)}\nExamples:\n${examples.join('')}\nroar ${word} COMMAND --help describes one of them and its flags.\n`
}

const list = (commands: readonly { name: string; summary: string }[]): string => {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  return commands.map(({ name, summary }) => `roar ${name.padEnd(width)} ${summary}\n`).join('')
}

function tellVersion([extra]: string[]): number {
  if (extra !== undefined && !HELP.includes(extra))
    throw new ConfigError('version', `${JSON.stringify(extra)} is too many: it accepts no arguments`)
  return print(versionText())
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

endWithOutput()
exitWith(run(process.argv.slice(2)))
