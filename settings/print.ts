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

/** Of an address: from the user's name up to the last @ before the path, or before the next address of a list. */
const PASSWORD = /(:\/\/[^:/@]*):(?:(?!,\w+:\/\/)[^/])*@/g
/** The value of a parameter of an address: of PostgreSQL's password, of Spark's token. */
const PARAMETER = /([?&;][^=&;]*(?:token|password|secret)[^=&;]*=)[^&;]*/gi

/** The value without the passwords of the addresses in it. */
export const withoutSecrets = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(PASSWORD, '$1:(hidden)@').replace(PARAMETER, '$1(hidden)') : value
