import { isRetryable } from '../protocol/errors.ts'
import { ConfigError } from '../settings/config-error.ts'
import { cannotWrite } from './whole-file.ts'

/** As a shell reports a program ended by a closed pipe: 128 + SIGPIPE. */
const UNREAD = 141

/**
 * Ends a command whose output is lost: silently where its reader has gone, as in `roar help | head -1`; with a sentence and exit
 * code 1 where a file cannot be written. A server undoes this: it goes on without its terminal.
 */
export function endWithOutput(): void {
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EPIPE') process.exit(UNREAD)
    process.stderr.write(`roar: ${cannotWrite('standard output', cause).message}\n`)
    process.exit(1)
  })
}

/**
 * Ends the process with the exit code of its work. 2: a configuration error, in one line. 1: what may pass, in one line, or an
 * unexpected error, with its stack.
 */
export function exitWith(work: Promise<number>): void {
  work.then(
    // The last write may still be in progress; its error event comes after its callback.
    (code) => process.stdout.write('', () => setImmediate(() => process.exit(code))),
    (cause) => {
      process.stderr.write(`roar: ${sentenceOf(cause)}\n`)
      process.exit(cause instanceof ConfigError ? 2 : 1)
    },
  )
}

/** An operating system's error about a file becomes a sentence with its path; only unexpected errors need a stack. */
function sentenceOf(cause: Error & { syscall?: string; path?: string }): string {
  const isOfFile = cause.syscall !== undefined && cause.path !== undefined
  return cause instanceof ConfigError || isRetryable(cause) || isOfFile
    ? cause.message
    : (cause.stack ?? String(cause))
}
