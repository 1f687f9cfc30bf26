import { existsSync } from 'node:fs'
import type { Logger } from 'pino'
import type { Clock } from '../adapters/clock/clock.ts'
import { type Revocation, Revocations, revocationsIn } from '../services/identity/revocations.ts'
import { ConfigError } from '../settings/config-error.ts'
import { readNamedFile, stampOf } from '../settings/files.ts'

const NAME = 'auth-revoked'
/** How often the file is looked at: a token is refused, and its connections end, within seconds. */
const LOOK_MS = 2_000

/** The tokens that a file revokes; without one, none. @throws ConfigError for a file that cannot be read or is no such list */
export function revocationsOf(file: string): Revocations {
  const revocations = new Revocations()
  // One that is not there yet revokes nothing: `roar token revoke` makes it.
  if (file !== '' && existsSync(file)) revocations.replace(entriesOf(file, Date.now()))
  return revocations
}

/** What a file revokes at `nowMs`. @throws ConfigError for one that cannot be read or is no such list */
export function entriesOf(file: string, nowMs: number): Revocation[] {
  const list = readNamedFile(NAME, file)
  try {
    return revocationsIn(list, nowMs)
  } catch (cause) {
    throw new ConfigError(NAME, `${file} cannot be used: ${(cause as Error).message}`)
  }
}

/** Reads the file again when it has changed, until the returned function is called. One that cannot be used is logged, and what was revoked stays so. */
export function watchRevoked(
  file: string,
  { revocations, clock, logger }: { revocations: Revocations; clock: Clock; logger: Logger },
): () => void {
  if (file === '') return () => {}
  // What changed since it was first read is taken at the first look.
  let seen: string | undefined
  const look = (): void => {
    const changed = stampOf(file)
    try {
      if (changed !== seen && changed !== undefined) revocations.replace(entriesOf(file, clock.now()))
    } catch (cause) {
      logger.error({ err: cause }, 'the list of revoked tokens cannot be used: keeping the previous one')
    }
    seen = changed
    cancel = clock.after(LOOK_MS, look)
  }
  let cancel = clock.after(LOOK_MS, look)
  return () => cancel()
}
