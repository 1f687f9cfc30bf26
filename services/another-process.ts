/** Defined only in a build (release/bundle.ts). */
declare const ROAR_COMMIT: string | undefined

/** The commit of a build; undefined in a checkout. */
export const builtCommit: string | undefined = typeof ROAR_COMMIT === 'string' ? ROAR_COMMIT : undefined

/** A build compiled to one executable always runs its own command line, whatever its arguments. */
const isExecutable = Bun.main.startsWith('/$bunfs/')

/**
 * The command that starts another process of this program. A build has no files beside it and is started whole, with `word` as
 * its command. A checkout starts `file`, on the same runtime with the same flags.
 */
export const anotherProcess = (word: string, file: string): string[] =>
  isExecutable
    ? [process.execPath, word]
    : [process.execPath, ...process.execArgv, builtCommit === undefined ? file : Bun.main, word]
