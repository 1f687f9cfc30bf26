/** Creates an unencrypted P-256 key. */
export const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const

/** Runs OpenSSL. @throws Error with its output when it fails */
export function openssl(...args: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(['openssl', ...args], { stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`)
}
