import { ConfigError } from '../../settings/config-error.ts'
import { describeSettings } from '../../settings/describe.ts'
import { readSettings } from '../../settings/read.ts'
import type { Settings, ValuesOf } from '../../settings/setting.ts'
import { ALL_SETTINGS } from '../client-settings.ts'
import { ROLE_NAMES } from '../roles/names.ts'
import { warnOnStderr } from '../warnings.ts'

/** One command of `roar`, with everything for its help and the shells' completion. */
export interface Command {
  /** As it is typed: `poll create`. */
  name: string
  summary: string
  /** Names of its arguments, in order; one in brackets may be left out. */
  args: readonly string[]
  settings: Settings
  /** Where its settings may be given, beside flags. */
  examples: readonly string[]
  /** Further text of its help. Default: none. */
  notes?: string
  /** For completion, the flags of a command that parses its arguments itself. Default: its settings. */
  ownFlags?(): Promise<readonly string[]>
  /** Returns the exit code: 0 done, 1 it failed or found a difference. @throws ConfigError for wrong input, exit code 2 */
  run(argv: string[]): Promise<number>
}

/** A command's entry in the list. Its file is loaded when it is called, so that no command waits for another's imports. */
export interface Row {
  name: string
  summary: string
  load(): Promise<{ commands: readonly Command[] }>
}

/**
 * Defines a command. `run` gets its settings, flags and arguments; anything else on the command line is refused with a sentence.
 * Settings are the servers', from flags, environment and files. Flags are the command's own; one that has a setting's name is
 * then read from neither environment nor files.
 */
export function command<
  const Name extends keyof typeof ALL_SETTINGS = never,
  Flags extends Settings = Record<never, never>,
>({
  name,
  args = [],
  settings: names = [],
  flags,
  run,
  ...rest
}: {
  name: string
  summary: string
  args?: readonly string[]
  settings?: readonly Name[]
  flags?: Flags
  examples: readonly string[]
  notes?: string
  run(values: Pick<ValuesOf<typeof ALL_SETTINGS>, Name> & ValuesOf<Flags>, args: string[]): Promise<number>
}): Command {
  const own = Object.fromEntries(
    Object.entries(flags ?? {}).map(([flag, setting]) => [flag, { ...setting, isFlagOnly: true as const }]),
  )
  const owned = { ...own, ...Object.fromEntries(names.map((each) => [each, ALL_SETTINGS[each]])) }
  return {
    ...rest,
    name,
    args,
    settings: owned,
    async run(argv) {
      const positionals: string[] = []
      const values = readSettings({
        settings: { ...ALL_SETTINGS, ...own },
        argv,
        env: process.env,
        reader: {
          name: `roar ${name}`,
          owns: new Set(Object.keys(owned)),
          ownersOf: () => ['the servers'],
          readsServersFiles: true,
          onlyFlags: new Set(Object.keys(own).filter((flag) => flag in ALL_SETTINGS)),
        },
        tables: ROLE_NAMES,
        positionals,
        warn: warnOnStderr,
      })
      checkArgs(name, args, positionals)
      return run(
        values as unknown as Pick<ValuesOf<typeof ALL_SETTINGS>, Name> & ValuesOf<Flags>,
        positionals,
      )
    },
  }
}

function checkArgs(name: string, args: readonly string[], given: string[]): void {
  const needed = args.filter((arg) => !arg.startsWith('['))
  const [extra] = given.slice(args.length)
  if (extra !== undefined) {
    const takes = args.length === 0 ? 'no arguments' : `no more than ${args.join(' ')}`
    throw new ConfigError(name, `${JSON.stringify(extra)} is too many: it accepts ${takes}`)
  }
  if (given.length < needed.length)
    throw new ConfigError(name, `${needed[given.length]} is missing: roar ${name} ${args.join(' ')}`)
}

/** The text of `roar NAME --help`. */
export function helpOf({ name, summary, args, settings, examples, notes }: Command): string {
  const usage = ['roar', name, ...args, Object.keys(settings).length > 0 ? '[--flags]' : ''].filter(Boolean)
  const sections = [
    `${usage.join(' ')}\n\n${capital(summary)}.\n`,
    notes === undefined ? '' : `${notes}\n`,
    examples.length === 0 ? '' : `Examples:\n${examples.map((line) => `  ${line}\n`).join('')}`,
    describeSettings(settings),
    Object.values(settings).some(({ isFlagOnly }) => !isFlagOnly) ? SOURCES : '',
  ]
  return sections.filter((text) => text !== '').join('\n')
}

const SOURCES = `Settings can also be given in the environment (--window-ms as ROAR_WINDOW_MS) and in TOML files (--config FILE, repeatable);
flags override the environment, which overrides files; later files override earlier ones.
`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
