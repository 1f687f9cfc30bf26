import { statSync } from 'node:fs'

/**
 * A warning about what others on this machine may do to a file with a secret; undefined: nothing. Not an error, since some
 * orchestrators cannot mount it otherwise.
 */
export function looseMode(path: string): string | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  const others = [(mode & 0o044) !== 0 && 'read', (mode & 0o022) !== 0 && 'change'].filter(Boolean)
  if (others.length === 0) return undefined
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  return `${path} has mode ${octal}: others may ${others.join(' and ')} the secret in it; chmod 600 keeps them out`
}
