import type { Config } from './settings.ts'

/** Prints a warning where the reason of a failed start would appear. */
export const warnOnStderr = (sentence: string): void => void process.stderr.write(`roar: ${sentence}\n`)

/**
 * A warning about whose tokens are accepted; undefined: none. The keys of a set may also sign for other applications (RFC 8725
 * sections 3.8, 3.9).
 */
export function unwiseTokens(
  config: Pick<Config, 'auth-jwks' | 'auth-issuer' | 'auth-audience'>,
): string | undefined {
  if (config['auth-jwks'] === '') return undefined
  const missing = (['auth-issuer', 'auth-audience'] as const).filter((name) => config[name].length === 0)
  if (missing.length === 0) return undefined
  return `auth-jwks: without ${missing.join(' and ')} a token that these keys signed for another application may be accepted here, too`
}
