import { readFileSync } from 'node:fs'

/**
 * A secret that is in a file, as orchestrators mount them: the text without the end of its last line.
 * @throws when it cannot be read, or is empty: taken for what was not given, a store would be another one, without a word.
 */
export function readSecretFile(path: string): string {
  const secret = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  if (secret === '') throw new Error('it is empty')
  return secret
}
