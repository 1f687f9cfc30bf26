import { readFileSync } from 'node:fs'

/**
 * Reads a secret from a file, as orchestrators mount them: the text without the last line break.
 * @throws when it cannot be read, or is empty: treated as absent, it would silently select another store.
 */
export function readSecretFile(path: string): string {
  const secret = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  if (secret === '') throw new Error('it is empty')
  return secret
}
