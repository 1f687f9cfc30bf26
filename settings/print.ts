import type { Settings, ValuesOf } from './setting.ts'

/** Settings as TOML, secrets hidden. */
export function printSettings<S extends Settings>(settings: S, values: ValuesOf<S>): string {
  const lines = Object.entries(settings).map(([name, { secret }]) => {
    const value = values[name]
    const hidden = secret === 'whole' && value !== ''
    return `${name} = ${hidden ? '"(hidden)"' : JSON.stringify(value, (_, each) => withoutSecrets(each))}`
  })
  return `${lines.join('\n')}\n`
}

/** In an address: from the user's name up to the last @ before the path, or before the next address of a list. */
const PASSWORD = /(:\/\/[^:/@]*):(?:(?!,\w+:\/\/)[^/])*@/g
/** A parameter's value in an address: PostgreSQL's password, Spark's token. */
const PARAMETER = /([?&;][^=&;]*(?:token|password|secret)[^=&;]*=)[^&;]*/gi

/** The value without the passwords of addresses in it. */
export const withoutSecrets = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(PASSWORD, '$1:(hidden)@').replace(PARAMETER, '$1(hidden)') : value
