import { existsSync } from 'node:fs'
import type { Logger } from 'pino'
import type { Clock } from '../adapters/clock/clock.ts'
import { type Revocation, Revocations, revocationsIn } from '../services/identity/revocations.ts'
import { ConfigError } from '../settings/config-error.ts'
import { readNamedFile, stampOf } from '../settings/files.ts'

const NAME = 'auth-revoked'
/** How often the file is checked: a token is refused, and its connections closed, within seconds. */
const LOOK_MS = 2_000

/** The tokens that a file revokes; without a file, none. @throws ConfigError for a file that cannot be read or is no such list */
export function revocationsOf(file: string): Revocations {
  const revocations = new Revocations()
  // A missing file revokes nothing: `roar token revoke` creates it.
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

/**
 * Reads the file again when it changes, until the returned function is called. An unusable file is logged, and the earlier
 * revocations stay.
 */
export function watchRevoked(
  file: string,
  { revocations, clock, logger }: { revocations: Revocations; clock: Clock; logger: Logger },
): () => void {
  if (file === '') return () => {}
  // A change since the first read is found by the first check.
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
