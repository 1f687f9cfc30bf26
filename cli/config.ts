import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { type Config, SETTINGS, type SettingName } from './settings.ts'

/** A start that can not be: the setting's path, and the reason. Exit code 2. */
export class ConfigError extends Error {
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.name = 'ConfigError'
  }
}

interface Given {
  value: unknown
  /** How the user wrote the name, for messages: `--port`, `ROAR_PORT`, `roar.toml: port`. */
  path: string
}
type Layer = Map<SettingName, Given>

const NAMES = Object.keys(SETTINGS) as SettingName[]
/** The file, and what `roar poll` signs in with: whoever has it in the environment may start a server there too. */
const NO_SETTINGS = new Set(['ROAR_CONFIG', 'ROAR_TOKEN'])
const environmentName = (name: string): string => `ROAR_${name.toUpperCase().replaceAll('-', '_')}`

/**
 * Reads flags, environment and file once. Flags win, then environment, then the file, then the defaults.
 * @throws ConfigError for an unknown key, a bad value or a contradiction
 */
export function readConfig({
  argv,
  env,
  readFile = (path) => readFileSync(path, 'utf8'),
}: {
  argv: string[]
  env: Record<string, string | undefined>
  readFile?: (path: string) => string
}): Config {
  const { layer: flags, file: flagged } = fromFlags(argv)
  const environment = fromEnvironment(env)
  const file = flagged ?? env.ROAR_CONFIG
  const layers = [flags, environment, file === undefined ? new Map() : fromFile(file, readFile)]
  const config = Object.fromEntries(NAMES.map((name) => [name, settingOf(name, layers)])) as Config
  checkContradictions(config)
  return Object.freeze(config)
}

function settingOf(name: SettingName, layers: Layer[]): unknown {
  const given = layers.map((layer) => layer.get(name)).find((value) => value !== undefined)
  if (given === undefined) return SETTINGS[name].default
  const result = v.safeParse(SETTINGS[name].schema as v.GenericSchema, given.value)
  if (result.success) return result.output
  throw new ConfigError(given.path, result.issues[0].message)
}

function fromFlags(argv: string[]): { layer: Layer; file: string | undefined } {
  const layer: Layer = new Map()
  let file: string | undefined
  const rest = [...argv]
  for (let given = rest.shift(); given !== undefined; given = rest.shift()) {
    const { name, value: attached } = flagIn(given)
    if (name === undefined) throw new ConfigError(given.split('=')[0]!, 'is not a setting')
    // A value may begin with a dash, as some secrets do. Only where another flag follows it was forgotten.
    const follows = rest[0] !== undefined && flagIn(rest[0]).name === undefined
    const value = attached ?? (follows ? rest.shift() : undefined)
    if (value === undefined) throw new ConfigError(`--${name}`, 'has no value')
    if (name === 'config') file = value
    else layer.set(name, { value, path: `--${name}` })
  }
  return { layer, file }
}

/** `--name` or `--name=value`, where there is such a setting. */
function flagIn(argument: string): { name?: SettingName | 'config'; value?: string } {
  const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? []
  const known = ['config', ...NAMES].find((flag) => flag === name) as SettingName | 'config' | undefined
  return { ...(known && { name: known }), ...(value !== undefined && { value }) }
}

function fromEnvironment(env: Record<string, string | undefined>): Layer {
  const byVariable = new Map(NAMES.map((name) => [environmentName(name), name]))
  const layer: Layer = new Map()
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('ROAR_') || NO_SETTINGS.has(variable)) continue
    const name = byVariable.get(variable)
    if (name === undefined) throw new ConfigError(variable, 'is not a setting')
    layer.set(name, { value, path: variable })
  }
  return layer
}

function fromFile(path: string, readFile: (path: string) => string): Layer {
  let table: Record<string, unknown>
  try {
    table = Bun.TOML.parse(readFile(path)) as Record<string, unknown>
  } catch (cause) {
    throw new ConfigError(path || 'config', `can not be read: ${(cause as Error).message}`)
  }
  const layer: Layer = new Map()
  for (const [name, value] of Object.entries(table)) {
    if (!(NAMES as string[]).includes(name)) throw new ConfigError(`${path}: ${name}`, 'is not a setting')
    layer.set(name as SettingName, { value, path: `${path}: ${name}` })
  }
  return layer
}

function checkContradictions(config: Config): void {
  if (config['flush-ms'] > config['flush-ms-max']) {
    throw new ConfigError(
      'flush-ms',
      `${config['flush-ms']} is more than flush-ms-max, ${config['flush-ms-max']}`,
    )
  }
  if (config.port !== 0 && config['mqtt-port'] === config.port) {
    throw new ConfigError('mqtt-port', 'is the same as port; MQTT over WebSocket is already there, at /mqtt')
  }
  if (config['slice-ms'] > config['window-ms']) {
    throw new ConfigError('slice-ms', `${config['slice-ms']} is more than window-ms, ${config['window-ms']}`)
  }
}

/** The settings as TOML, secrets hidden: what `roar check-config` prints. */
export function printConfig(config: Config): string {
  const lines = NAMES.map((name) => {
    const hidden = 'secret' in SETTINGS[name] && config[name] !== ''
    return `${name} = ${hidden ? '"(hidden)"' : JSON.stringify(config[name], (_, value) => withoutSecrets(value))}`
  })
  return `${lines.join('\n')}\n`
}

/** Of an address: from the user's name up to the last @ before the path, or before the next address of a list. */
const PASSWORD = /(:\/\/[^:/@]*):(?:(?!,\w+:\/\/)[^/])*@/g
/** The value of a parameter of an address: of PostgreSQL's password, of Spark's token. */
const PARAMETER = /([?&;][^=&;]*(?:token|password|secret)[^=&;]*=)[^&;]*/gi
const withoutSecrets = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(PASSWORD, '$1:(hidden)@').replace(PARAMETER, '$1(hidden)') : value

/** The help text of the settings, one line each. */
export function describeSettings(): string {
  const lines = Object.entries(SETTINGS).map(([name, { help, default: fallback }]) => {
    const shown = JSON.stringify(fallback)
    return `  --${name.padEnd(21)} ${help} Default ${shown}.`
  })
  return [`  --${'config'.padEnd(21)} A TOML file with any of these settings.`, ...lines].join('\n')
}
