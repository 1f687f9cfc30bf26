import { statSync } from 'node:fs'
import type { Config } from './settings.ts'

/** Says what is allowed and yet unwise where a start that can not be says why. */
export const warnOnStderr = (sentence: string): void => void process.stderr.write(`roar: ${sentence}\n`)

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

/**
 * What is unwise about whose tokens are good, as a sentence; undefined: nothing. The keys of a set may sign for other
 * applications, too (RFC 8725 sections 3.8, 3.9).
 */
export function unwiseTokens(
  config: Pick<Config, 'auth-jwks' | 'auth-issuer' | 'auth-audience'>,
): string | undefined {
  if (config['auth-jwks'] === '') return undefined
  const missing = (['auth-issuer', 'auth-audience'] as const).filter((name) => config[name].length === 0)
  if (missing.length === 0) return undefined
  return `auth-jwks: without ${missing.join(' and ')} a token that these keys signed for another application may be good here, too`
}
