/** Makes a key on P-256 that no password protects. */
export const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const

/** Runs OpenSSL. @throws Error with what it says where it cannot do it */
export function openssl(...args: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(['openssl', ...args], { stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`)
}
