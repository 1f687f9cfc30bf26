/** A configuration error: the setting's path, and the reason. Exit code 2. */
export class ConfigError extends Error {
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`)
    this.name = 'ConfigError'
  }
}
