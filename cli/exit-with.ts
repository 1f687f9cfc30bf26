import { ConfigError } from '../settings/config-error.ts'

/** Ends the process with the exit code of its work. 2: a configuration error, in one line. 1: an unexpected error, with its stack. */
export function exitWith(work: Promise<number>): void {
  work.then(
    (code) => process.exit(code),
    (cause) => {
      process.stderr.write(`roar: ${cause instanceof ConfigError ? cause.message : (cause.stack ?? cause)}\n`)
      process.exit(cause instanceof ConfigError ? 2 : 1)
    },
  )
}
