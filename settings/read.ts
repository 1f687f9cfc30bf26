import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { ConfigError } from './config-error.ts'
import { whyUnreadable } from './files.ts'
import { looseMode } from './loose-mode.ts'
import { nearest } from './nearest.ts'
import { withoutSecrets } from './print.ts'
import { readSecretFile } from './secret-file.ts'
import { isServiceLink } from './service-links.ts'
import type { Setting, Settings, ValuesOf } from './setting.ts'
import { parseToml } from './toml.ts'

/** The reader of the settings. */
export interface Reader {
  /** Its name for people: `roar edge`. */
  name: string
  /** Its own settings. Any other is an error, if it is given to this process alone. */
  owns: ReadonlySet<string>
  /** The owners of a setting, for the error about somebody else's. */
  ownersOf: (setting: string) => string[]
  /** Its table in a shared file. */
  table?: string
  /**
   * Whether others share its environment, as roles of a cluster often do: then their settings in it are ignored. Default true.
   */
  sharesEnvironment?: boolean
  /** Whether it reads a server's files, as commands do: then settings that belong to the server are ignored. Default false. */
  readsServersFiles?: boolean
  /** Settings of commands that people also use in this process's environment, where they are ignored. */
  besides?: ReadonlySet<string>
  /** Settings whose name is a flag with another meaning here: the environment and files may have them for others. */
  onlyFlags?: ReadonlySet<string>
}

export interface ReadOptions<S extends Settings> {
  settings: S
  argv: readonly string[]
  env: Record<string, string | undefined>
  /** Default: one that owns every setting. */
  reader?: Reader | undefined
  /** Names of tables in a file that belong to others. */
  tables?: readonly string[]
  /** Receives the arguments that are no flags. Default: none are allowed. */
  positionals?: string[]
  readFile?: (path: string) => string
  /** Receives warnings, one sentence each. Default: dropped. */
  warn?: (sentence: string) => void
}

interface Given {
  value: unknown
  /** The name as the user wrote it, for messages: `--port`, `ROAR_PORT`, `roar.toml: port`. */
  path: string
  /** The value is the path of a file that holds the setting: `--auth-secret-file`. */
  inFile: boolean
}
type Layer = Map<string, Given>

/** Settings of several roles in one file: each takes its own. */
const SHARED_TABLE = 'shared'
const VALUE_SHOWN_MAX = 64

/**
 * Reads flags, environment and files once. Flags win over the environment, which wins over files (the last one first) and then
 * defaults. @throws ConfigError for an unknown key, another role's key, and a bad value
 */
export function readSettings<S extends Settings>(options: ReadOptions<S>): ValuesOf<S> {
  return new SettingsReader(options).read() as ValuesOf<S>
}

class SettingsReader {
  readonly #options: ReadOptions<Settings>
  readonly #warn: (sentence: string) => void
  /** Every key of every setting; one that may hold a secret also has a key for a file. */
  readonly #keys = new Map<string, { name: string; inFile: boolean }>()
  /** Those of them allowed in the environment and in files. */
  readonly #lasting = new Set<string>()

  constructor(options: ReadOptions<Settings>) {
    this.#options = options
    this.#warn = options.warn ?? (() => {})
    for (const [name, { secret, isFlagOnly }] of Object.entries(options.settings)) {
      this.#keys.set(name, { name, inFile: false })
      if (secret !== undefined) this.#keys.set(`${name}-file`, { name, inFile: true })
      if (!isFlagOnly)
        for (const key of [name, `${name}-file`]) if (this.#keys.has(key)) this.#lasting.add(key)
    }
  }

  read(): Record<string, unknown> {
    const { settings, env } = this.#options
    const { layer: flags, files } = this.#fromFlags()
    const environment = this.#fromEnvironment()
    if (files.length === 0 && env.ROAR_CONFIG !== undefined) files.push(...env.ROAR_CONFIG.split(','))
    const layers = [flags, environment, ...files.map((path) => this.#fromFile(path)).reverse()]
    const values = Object.entries(settings).map(([name, setting]) => {
      const given = layers.map((layer) => layer.get(name)).find((value) => value !== undefined)
      return [name, given === undefined ? setting.default : this.#valueOf(setting, given)]
    })
    return Object.freeze(Object.fromEntries(values))
  }

  #valueOf({ schema, secret }: Setting, given: Given): unknown {
    const value = given.inFile ? this.#secretIn(given) : given.value
    const result = v.safeParse(schema, value)
    if (result.success) return result.output
    const { message } = result.issues[0]
    const shown = shownOf(value).slice(0, VALUE_SHOWN_MAX)
    throw new ConfigError(given.path, secret === 'whole' ? message : `${shown} ${message}`)
  }

  #secretIn({ value, path }: Given): string {
    try {
      const secret = readSecretFile(String(value))
      const loose = looseMode(String(value))
      if (loose !== undefined) this.#warn(`${path}: ${loose}`)
      return secret
    } catch (cause) {
      if (value === '') throw new ConfigError(path, 'is empty')
      throw new ConfigError(path, `cannot be read: ${whyUnreadable(cause)}`)
    }
  }

  #fromFlags(): { layer: Layer; files: string[] } {
    const layer: Layer = new Map()
    const files: string[] = []
    const { positionals } = this.#options
    const rest = [...this.#options.argv]
    for (let given = rest.shift(); given !== undefined; given = rest.shift()) {
      const { name, value: attached } = this.#flagIn(given)
      if (name === undefined && positionals !== undefined && !given.startsWith('-')) {
        positionals.push(given)
        continue
      }
      if (name === undefined) throw this.#noFlag(given)
      const value = attached ?? this.#valueAfter(name, rest)
      if (value === undefined) throw new ConfigError(`--${name}`, 'has no value')
      if (name === 'config') files.push(value)
      else this.#put(layer, name, { value, path: `--${name}` })
    }
    return { layer, files }
  }

  /** A value may begin with a dash, as some secrets do. Only if a known flag follows, the value was forgotten. */
  #valueAfter(name: string, rest: string[]): string | undefined {
    const next = rest[0]
    const follows = next !== undefined && this.#flagIn(next).name === undefined
    const isSwitch = this.#options.settings[name]?.isSwitch === true
    if (isSwitch && !(next === 'true' || next === 'false')) return 'true'
    return follows ? rest.shift() : undefined
  }

  /** `--name` or `--name=value`, if there is such a setting. */
  #flagIn(argument: string): { name?: string; value?: string } {
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? []
    const isKnown = name === 'config' || this.#keys.has(name)
    return { ...(isKnown && { name }), ...(value !== undefined && { value }) }
  }

  #fromEnvironment(): Layer {
    const { env, reader } = this.#options
    const byVariable = new Map([...this.#lasting].map((key) => [variableOf(key), key]))
    const others = new Set([...(reader?.onlyFlags ?? [])].map(variableOf))
    const layer: Layer = new Map()
    for (const [variable, value = ''] of Object.entries(env)) {
      if (!variable.startsWith('ROAR_') || variable === 'ROAR_CONFIG') continue
      if (isServiceLink(variable, value) || others.has(variable)) continue
      const key = byVariable.get(variable)
      if (key === undefined) throw unknown(variable, byVariable.keys())
      const isShared = reader?.sharesEnvironment !== false || reader.besides?.has(this.#keys.get(key)!.name)
      if (isShared && !this.#owns(key)) continue
      this.#put(layer, key, { value, path: variable })
    }
    return layer
  }

  #fromFile(path: string): Layer {
    const { readFile = (path) => readFileSync(path, 'utf8'), tables = [], reader } = this.#options
    let document: Record<string, unknown>
    try {
      document = parseToml(readFile(path))
    } catch (cause) {
      if (path === '') throw new ConfigError('config', 'is empty')
      throw new ConfigError(path, `cannot be read: ${whyUnreadable(cause)}`)
    }
    const layer: Layer = new Map()
    const { [SHARED_TABLE]: shared, ...own } = document
    for (const [name, value] of Object.entries((shared ?? {}) as Record<string, unknown>)) {
      const place = `${path}: ${SHARED_TABLE}.${name}`
      if (reader?.onlyFlags?.has(name)) continue
      if (!this.#keys.has(name)) throw unknown(place, this.#lasting, name)
      if (this.#owns(name)) this.#put(layer, name, { value, path: place })
    }
    for (const [name, value] of Object.entries(own)) {
      if (tables.includes(name) || reader?.onlyFlags?.has(name)) continue
      if (reader?.readsServersFiles && this.#isAnothers(name)) continue
      if (isTable(value) && !this.#keys.has(name))
        throw unknown(`${path}: [${name}]`, [SHARED_TABLE, ...tables], name)
      this.#put(layer, name, { value, path: `${path}: ${name}` })
    }
    const ours = reader?.table === undefined ? {} : (document[reader.table] ?? {})
    for (const [name, value] of Object.entries(ours))
      this.#put(layer, name, { value, path: `${path}: ${reader!.table}.${name}` })
    this.#warnOfLooseFile(path, layer)
    return layer
  }

  #warnOfLooseFile(path: string, layer: Layer): void {
    const { settings } = this.#options
    const holdsSecret = [...layer].some(([name, { inFile }]) => settings[name]!.secret && !inFile)
    const loose = holdsSecret ? looseMode(path) : undefined
    if (loose !== undefined) this.#warn(loose)
  }

  /** Adds a key's value to the layer. @throws ConfigError for an unknown key, another role's, and for two keys of one setting */
  #put(layer: Layer, key: string, { value, path }: Omit<Given, 'inFile'>): void {
    const known = this.#keys.get(key)
    if (known === undefined) throw this.#unknown(path, path.startsWith('--') ? '--' : '', key)
    const { name, inFile } = known
    if (!path.startsWith('--') && !this.#lasting.has(key))
      throw new ConfigError(path, `can only be a flag: --${name}`)
    if (!this.#owns(key)) throw new ConfigError(path, this.#foreign(name))
    const other = layer.get(name)
    if (other !== undefined && other.inFile !== inFile) {
      throw new ConfigError(path, `conflicts with ${other.path}: only one of them can be the ${name}`)
    }
    const isRepeated = this.#options.settings[name]!.isRepeated === true
    const before = (other?.value ?? []) as unknown[]
    layer.set(name, { value: isRepeated ? [...before, value] : value, path, inFile })
  }

  #isAnothers(key: string): boolean {
    return this.#keys.has(key) && !this.#owns(key)
  }

  #owns(key: string): boolean {
    const { reader } = this.#options
    return reader === undefined || reader.owns.has(this.#keys.get(key)!.name)
  }

  #foreign(name: string): string {
    const { name: reader, ownersOf } = this.#options.reader!
    const owners = ownersOf(name)
    return `is a setting of ${owners.join(', ')}, and ${reader} does not read it`
  }

  /** The message about an argument that is no flag of ours, or none at all. */
  #noFlag(given: string): ConfigError {
    const [word = ''] = given.split('=')
    if (word.startsWith('-')) return this.#unknown(word, '--')
    const own = this.#ownKeys().map((name) => `--${name}`)
    const meant = nearest(`--${word}`, own)
    const reader = this.#options.reader?.name ?? 'it'
    return new ConfigError(
      JSON.stringify(word.slice(0, VALUE_SHOWN_MAX)),
      `is too many: ${reader} accepts only flags${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    )
  }

  #ownKeys(): string[] {
    return ['config', ...this.#keys.keys()].filter((name) => name === 'config' || this.#owns(name))
  }

  #unknown(path: string, prefix: '--' | '', key = path.replace(/^--/, '')): ConfigError {
    return unknown(
      path,
      this.#ownKeys().map((name) => prefix + name),
      prefix + key,
    )
  }
}

/** As it was written: TOML has `nan`, `inf`, dates and times, which JSON has not. */
function shownOf(value: unknown): string {
  if (typeof value === 'number') return String(value).replace('NaN', 'nan').replace('Infinity', 'inf')
  return isTable(value) || !(value instanceof Object) || Array.isArray(value)
    ? JSON.stringify(withoutSecrets(value))
    : String(value)
}

/** Not a date or a time of TOML, which are objects of classes of their own. */
const isTable = (value: unknown): boolean => Object.prototype.toString.call(value) === '[object Object]'

/** A setting's name in the environment. */
export const variableOf = (name: string): string => `ROAR_${name.toUpperCase().replaceAll('-', '_')}`

function unknown(path: string, known: Iterable<string>, key = path): ConfigError {
  const meant = nearest(key, known)
  return new ConfigError(path, `is not a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`)
}
