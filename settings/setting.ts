import type * as v from 'valibot'
import { yesOrNo } from './values.ts'

/** One setting: the same name as a flag (`--window-ms`), in the environment (`ROAR_WINDOW_MS`) and in the TOML file. */
export interface Setting<Output = unknown> {
  schema: v.GenericSchema<unknown, Output>
  default: Output
  /** One sentence, including the meaning of special values. */
  help: string
  /** Its heading in a help text. */
  group?: string
  /** The placeholder of its value in a help text. Default: the default, or TEXT. */
  placeholder?: string
  /** Never printed: all of it, or the passwords in an address. It may be in a file of its own, `NAME-file`. */
  secret?: 'whole' | 'in-address'
  /** `true`: the flag needs no value. */
  isSwitch?: true
  /** The flag may be repeated: the value is a list. */
  isRepeated?: true
  /** It has no effect unless one of these settings is set (a limit: not to 0). */
  needs?: readonly string[]
  /** Only a flag of a command: neither the environment nor a file may have it. */
  isFlagOnly?: true
}

export type Settings = Record<string, Setting>
/** The values of settings, by their names. */
export type ValuesOf<S extends Settings> = Readonly<{ [Name in keyof S]: S[Name]['default'] }>

export const setting = <Output>(
  schema: v.GenericSchema<unknown, Output>,
  fallback: NoInfer<Output>,
  help: string,
): Setting<Output> => ({ schema, default: fallback, help })

/** Off, unless its flag is given, alone or with `true`. */
export const switchSetting = (help: string) => ({
  ...setting<boolean>(yesOrNo, false, help),
  isSwitch: true as const,
})

export const secret = <Output>(given: Setting<Output>): Setting<Output> => ({ ...given, secret: 'whole' })

export const withPasswords = <Output>(given: Setting<Output>): Setting<Output> => ({
  ...given,
  secret: 'in-address',
})

/** A setting that has no effect unless one of others is set. */
export const effectiveWith = <Given extends Setting>(
  needs: readonly string[],
  given: Given,
): Given & { needs: readonly string[] } => ({ ...given, needs })

/** The names of a group of settings. */
export const namesOf = <Name extends string>(settings: Record<Name, unknown>): Name[] =>
  Object.keys(settings) as Name[]

/** Settings under one heading. */
export function group<S extends Settings>(title: string, settings: S): S {
  const titled = Object.entries(settings).map(([name, setting]) => [name, { ...setting, group: title }])
  return Object.fromEntries(titled) as S
}
