import type { ParseArgsConfig, parseArgs } from 'node:util'
import { parseFlags } from './parse-flags.ts'

/**
 * Reads the flags of a program that npm runs. If they are wrong the process ends with exit code 2 and one sentence.
 * @param read Checks their values, and throws a sentence about a bad one.
 */
export function npmFlags<T extends ParseArgsConfig, Flags>(
  script: string,
  config: T,
  read: (given: ReturnType<typeof parseArgs<T>>) => Flags,
): Flags {
  try {
    return read(parseFlags(script, config))
  } catch (cause) {
    process.stderr.write(`${script}: ${(cause as Error).message}\n`)
    process.exit(2)
  }
}
