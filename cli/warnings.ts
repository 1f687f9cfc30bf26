import type { Config } from './settings.ts'

/** Says what is allowed and yet unwise where a start that cannot be says why. */
export const warnOnStderr = (sentence: string): void => void process.stderr.write(`roar: ${sentence}\n`)

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
