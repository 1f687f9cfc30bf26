import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parseClaimRule } from '../services/identity/claim-rule.ts'
import { readSecretFile } from './secret-file.ts'
import { type Config, SETTINGS, type SettingName } from './settings.ts'
import { looseMode } from './warnings.ts'

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
  /** The value is the path of a file that has the setting: `--auth-secret-file`. */
  inFile: boolean
}
type Layer = Map<SettingName, Given>

const NAMES = Object.keys(SETTINGS) as SettingName[]
/** The file, and what `roar poll` signs in with: whoever has it in the environment may start a server there too. */
const NO_SETTINGS = new Set(['ROAR_CONFIG', 'ROAR_TOKEN', 'ROAR_TOKEN_FILE'])
/** Every way to name a setting; one that may hold a secret can be in a file of its own. */
const KEYS = new Map<string, Pick<Given, 'inFile'> & { name: SettingName }>()
for (const name of NAMES) {
  KEYS.set(name, { name, inFile: false })
  if ('secret' in SETTINGS[name]) KEYS.set(`${name}-file`, { name, inFile: true })
}
const environmentName = (name: string): string => `ROAR_${name.toUpperCase().replaceAll('-', '_')}`

/**
 * Reads flags, environment and file once. Flags win, then environment, then the file, then the defaults.
 * @throws ConfigError for an unknown key, a bad value or a contradiction
 */
export function readConfig({
  argv,
  env,
  readFile = (path) => readFileSync(path, 'utf8'),
  warn = () => {},
}: {
  argv: string[]
  env: Record<string, string | undefined>
  readFile?: (path: string) => string
  /** Hears of what is allowed and yet unwise, in a sentence. Default: nobody does. */
  warn?: (sentence: string) => void
}): Config {
  const { layer: flags, file: flagged } = fromFlags(argv)
  const environment = fromEnvironment(env)
  const file = flagged ?? env.ROAR_CONFIG
  const layers = [flags, environment, file === undefined ? new Map() : fromFile(file, readFile, warn)]
  const config = Object.fromEntries(NAMES.map((name) => [name, settingOf(name, layers, warn)])) as Config
  checkContradictions(config)
  return Object.freeze(config)
}

function settingOf(name: SettingName, layers: Layer[], warn: (sentence: string) => void): unknown {
  const given = layers.map((layer) => layer.get(name)).find((value) => value !== undefined)
  if (given === undefined) return SETTINGS[name].default
  const value = given.inFile ? secretIn(given, warn) : given.value
  const result = v.safeParse(SETTINGS[name].schema as v.GenericSchema, value)
  if (result.success) return result.output
  throw new ConfigError(given.path, result.issues[0].message)
}

function secretIn({ value, path }: Given, warn: (sentence: string) => void): string {
  try {
    const secret = readSecretFile(String(value))
    const loose = looseMode(String(value))
    if (loose !== undefined) warn(`${path}: ${loose}`)
    return secret
  } catch (cause) {
    throw new ConfigError(path, `can not be read: ${(cause as Error).message}`)
  }
}

/** Puts what is given under a key into the layer. @throws ConfigError for a key that is no setting, and for two that are one */
function put(layer: Layer, key: string, { value, path }: Omit<Given, 'inFile'>): void {
  const known = KEYS.get(key)
  if (known === undefined) throw new ConfigError(path, 'is not a setting')
  const { name, inFile } = known
  const other = layer.get(name)
  if (other !== undefined && other.inFile !== inFile) {
    throw new ConfigError(path, `is there beside ${other.path}: only one of them can be the ${name}`)
  }
  layer.set(name, { value, path, inFile })
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
    else put(layer, name, { value, path: `--${name}` })
  }
  return { layer, file }
}

/** `--name` or `--name=value`, where there is such a setting. */
function flagIn(argument: string): { name?: string; value?: string } {
  const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? []
  return { ...((name === 'config' || KEYS.has(name)) && { name }), ...(value !== undefined && { value }) }
}

function fromEnvironment(env: Record<string, string | undefined>): Layer {
  const byVariable = new Map([...KEYS.keys()].map((key) => [environmentName(key), key]))
  const layer: Layer = new Map()
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('ROAR_') || NO_SETTINGS.has(variable)) continue
    put(layer, byVariable.get(variable) ?? '', { value, path: variable })
  }
  return layer
}

function fromFile(path: string, readFile: (path: string) => string, warn: (sentence: string) => void): Layer {
  let table: Record<string, unknown>
  try {
    table = Bun.TOML.parse(readFile(path)) as Record<string, unknown>
  } catch (cause) {
    throw new ConfigError(path || 'config', `can not be read: ${(cause as Error).message}`)
  }
  const layer: Layer = new Map()
  for (const [name, value] of Object.entries(table)) put(layer, name, { value, path: `${path}: ${name}` })
  const holdsSecret = [...layer].some(([name, { inFile }]) => 'secret' in SETTINGS[name] && !inFile)
  const loose = holdsSecret ? looseMode(path) : undefined
  if (loose !== undefined) warn(loose)
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
  const issuers = config['auth-issuer']
  for (const name of ['auth-producer', 'auth-verified'] as const) {
    const stranger = config[name]
      .map((rule) => parseClaimRule(rule)?.issuer)
      .find((issuer) => issuer !== undefined && issuers.length > 0 && !issuers.includes(issuer))
    if (stranger !== undefined)
      throw new ConfigError(name, `is about the issuer ${stranger}, which auth-issuer does not name`)
  }
}

/** The settings as TOML, secrets hidden: what `roar check-config` prints. */
export function printConfig(config: Config): string {
  const lines = NAMES.map((name) => {
    const { secret } = SETTINGS[name] as { secret?: string }
    const hidden = secret === 'whole' && config[name] !== ''
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
    const file = KEYS.has(`${name}-file`) ? ` Or --${name}-file FILE.` : ''
    return `  --${name.padEnd(21)} ${help} Default ${shown}.${file}`
  })
  return [`  --${'config'.padEnd(21)} A TOML file with any of these settings.`, ...lines].join('\n')
}
