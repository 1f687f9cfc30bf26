import { statSync } from 'node:fs'

/**
 * What others of this machine may do to a file with a secret in it, as a sentence; undefined: nothing. It is no error: some
 * orchestrators can mount no other.
 */
export function looseMode(path: string): string | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  const others = [(mode & 0o044) !== 0 && 'read', (mode & 0o022) !== 0 && 'change'].filter(Boolean)
  if (others.length === 0) return undefined
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  return `${path} has mode ${octal}: others may ${others.join(' and ')} the secret in it; chmod 600 keeps them out`
}
