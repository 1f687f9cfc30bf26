import { type ParseArgsConfig, parseArgs } from 'node:util'
import { ConfigError } from '../settings/config-error.ts'
import { nearest } from '../settings/nearest.ts'

/** `parseArgs` with our own error sentences. @param program Whose flags they are: `roar verify`. @throws ConfigError */
export function parseFlags<T extends ParseArgsConfig>(
  program: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (cause) {
    const { message } = cause as Error
    const [, flag] = /^Unknown option '(-[^']*)'/.exec(message) ?? []
    // The parser's first sentence names the flag; the rest is advice that does not apply here.
    if (flag === undefined) throw sentenceOf(program, message.split('. ')[0]!)
    const meant = nearest(
      flag,
      Object.keys(config.options ?? {}).map((name) => `--${name}`),
    )
    throw new ConfigError(flag, `is not a flag of ${program}${meant ? `; did you mean ${meant}?` : ''}`)
  }
}

function sentenceOf(program: string, message: string): ConfigError {
  const [, argument] = /^Unexpected argument '(.*)'/s.exec(message) ?? []
  if (argument !== undefined)
    return new ConfigError(JSON.stringify(argument), `is too many: ${program} accepts only flags`)
  const [, valueless] = /^Option '(--[^ ']+).* argument (?:missing|is ambiguous)/.exec(message) ?? []
  return valueless === undefined
    ? new ConfigError(program, message)
    : new ConfigError(valueless, 'has no value')
}
