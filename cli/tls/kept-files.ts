import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import { stampOf } from '../../settings/files.ts'

/** How often the files are checked. */
const LOOK_MS = 10_000

/** A value read from files that may change. */
export interface KeptFiles<Value> {
  /** The value in use. */
  current(): Value
  /** Begins to check the files, until `stop`. */
  watch(): void
  stop(): void
}

/**
 * Reads a value from files, and again when they change: `renew` puts a new value into use, and is retried at the next check if it
 * fails. Unusable files are logged, and the earlier value stays.
 * @param options.name The setting's name, for messages. @throws what `read` throws the first time
 */
export function keepFiles<Value>({
  name,
  files,
  read,
  renew = () => {},
  clock,
  logger,
}: {
  name: string
  /** Empty paths are ignored. */
  files: readonly string[]
  read(): Value
  renew?(value: Value): unknown
  clock: Clock
  logger: Logger
}): KeptFiles<Value> {
  const stamps = () => files.map(stampOf).join()
  // Stamped before the files are read: a change in between is found at the next check.
  let seen = stamps()
  let current = read()
  /** A value that is not in use yet. */
  let next: { value: Value } | undefined
  let cancelLook = () => {}
  let isStopped = false

  const look = async (): Promise<void> => {
    const changed = stamps()
    try {
      if (changed !== seen) {
        seen = changed
        next = { value: read() }
      }
      if (next !== undefined) {
        await renew(next.value)
        current = next.value
        next = undefined
        logger.info(`loaded the changed files of ${name}`)
      }
    } catch (cause) {
      logger.error({ err: cause }, `the changed files of ${name} cannot be used`)
    }
    if (!isStopped) lookLater()
  }
  const lookLater = () => {
    cancelLook = clock.after(LOOK_MS, () => void look())
  }
  return {
    current: () => current,
    watch: lookLater,
    stop() {
      isStopped = true
      cancelLook()
    },
  }
}
