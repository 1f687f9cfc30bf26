/** Written into a build (release/bundle.ts), and into nothing else. */
declare const ROAR_COMMIT: string | undefined

/** The commit of a build; a checkout has none in it. */
export const builtCommit: string | undefined = typeof ROAR_COMMIT === 'string' ? ROAR_COMMIT : undefined

/** A build as one executable, runtime and all, runs its own command line whatever it is given. */
const isExecutable = Bun.main.startsWith('/$bunfs/')

/**
 * What starts another process of this program. A build has no files beside it and is started whole: `word` tells its command
 * line what to be. A checkout starts `file`, on the same runtime with the same flags.
 */
export const anotherProcess = (word: string, file: string): string[] =>
  isExecutable
    ? [process.execPath, word]
    : [process.execPath, ...process.execArgv, builtCommit === undefined ? file : Bun.main, word]
