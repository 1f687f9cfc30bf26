import { ConfigError } from '../settings/config-error.ts'

/** Ends the process with the code of its work: 2 for a start that cannot be, said in a sentence, 1 for what nobody foresaw. */
export function exitWith(work: Promise<number>): void {
  work.then(
    (code) => process.exit(code),
    (cause) => {
      process.stderr.write(`roar: ${cause instanceof ConfigError ? cause.message : (cause.stack ?? cause)}\n`)
      process.exit(cause instanceof ConfigError ? 2 : 1)
    },
  )
}
