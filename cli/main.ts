#!/usr/bin/env bun
import { ConfigError, describeSettings, printConfig, readConfig } from './config.ts'
import { exitWith } from './exit-with.ts'
import { edge } from './roles/edge.ts'
import type { Role } from './roles/role.ts'
import { ROLES } from './roles/roles.ts'
import { runRole } from './run-role.ts'
import type { Config } from './settings.ts'
import { unwiseTokens, warnOnStderr } from './warnings.ts'

const USAGE = `roar up             everything in this one process: pages, API, edge, counting, storage
roar ingest         of a cluster: takes bursts and posts, writes them to Kafka, serves the page
roar aggregate      of a cluster: keeps the counting on Spark running
roar deliver        of a cluster: makes packets of the counts and publishes them
roar studio         of a cluster: keeps the shows and tells every role of them
roar edge           of a cluster: holds viewers' connections, fed by a broker or another edge
roar bridge         of a cluster: carries packets from the main broker to the broker of another cluster
roar topics         creates and checks the topics on Kafka (roar topics --help)
roar load           drives viewers, taps or votes and checks every count (roar load --help)
roar poll           creates, opens, closes, reveals and seals a poll (roar poll --help)
roar audit          recounts a poll from the log (roar audit --help)
roar token          makes and checks tokens (roar token --help)
roar verify         checks a receipt, a proof, a certificate offline (roar verify --help)
roar check-config   prints the settings as they would be used, secrets hidden

Settings of up, of the roles of a cluster and of check-config, as flags, as ROAR_… in the environment, or in a TOML file:
${describeSettings()}
`

/** Commands whose flags are not the settings. */
const OWN_HELP = ['load', 'poll', 'audit', 'verify', 'topics', 'token']

/** Runs a command and returns the exit code: 0 done, 1 it failed or found a difference, 2 it could not start. */
async function run([command = 'help', ...argv]: string[]): Promise<number> {
  if (argv.includes('--help') && !OWN_HELP.includes(command)) return print(USAGE)
  const role = ROLES.find(({ name }) => name === command)
  if (role !== undefined) return startRole(role, settings(argv))
  switch (command) {
    case 'topics':
      return (await import('./topics.ts')).runTopics(argv)
    case 'load':
      return (await import('./load.ts')).runLoad(argv)
    case 'poll':
      return (await import('./poll.ts')).runPoll(argv)
    case 'audit':
      return (await import('./audit.ts')).runAudit(argv)
    case 'token':
      return (await import('./token.ts')).runToken(argv)
    case 'verify':
      return (await import('./verify.ts')).runVerify(argv)
    case 'check-config':
      return checkConfig(settings(argv))
    case 'help':
    case '--help':
    case '-h':
      return print(USAGE)
    default:
      throw new ConfigError(command, 'is not a command; roar help lists them')
  }
}

/** Several workers share the ports of one edge. */
const startRole = async (role: Role, config: Config): Promise<number> =>
  role === edge && config.workers > 1
    ? (await import('./workers/edge-workers.ts')).runEdgeWorkers(config)
    : runRole(role, config)

const settings = (argv: string[]) => readConfig({ argv, env: process.env, warn: warnOnStderr })

function checkConfig(config: Config): number {
  const unwise = unwiseTokens(config)
  if (unwise !== undefined) warnOnStderr(unwise)
  return print(printConfig(config))
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

exitWith(run(process.argv.slice(2)))
