import { ConfigError } from '../settings/config-error.ts'
import { cannotWrite } from './whole-file.ts'

/** As a shell reports a program that a closed pipe ended: 128 and the number of SIGPIPE. */
const UNREAD = 141

/**
 * Ends a command where what it prints is lost: without a word where its reader has gone, as in `roar help | head -1`, and with a
 * sentence and exit code 1 where a file behind it cannot be written. A server takes this back: it goes on without its terminal.
 */
export function endWithOutput(): void {
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EPIPE') process.exit(UNREAD)
    process.stderr.write(`roar: ${cannotWrite('standard output', cause).message}\n`)
    process.exit(1)
  })
}

/** Ends the process with the exit code of its work. 2: a configuration error, in one line. 1: an unexpected error, with its stack. */
export function exitWith(work: Promise<number>): void {
  work.then(
    // What was printed last may be under way yet, and its failure is told after its callback.
    (code) => process.stdout.write('', () => setImmediate(() => process.exit(code))),
    (cause) => {
      process.stderr.write(`roar: ${sentenceOf(cause)}\n`)
      process.exit(cause instanceof ConfigError ? 2 : 1)
    },
  )
}

/** What the system says of a file is a sentence with its path; only the unexpected needs a stack. */
function sentenceOf(cause: Error & { syscall?: string; path?: string }): string {
  const isOfFile = cause.syscall !== undefined && cause.path !== undefined
  return cause instanceof ConfigError || isOfFile ? cause.message : (cause.stack ?? String(cause))
}
