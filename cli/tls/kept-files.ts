import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import { stampOf } from '../../settings/files.ts'

/** How often the files are looked at. */
const LOOK_MS = 10_000

/** What some files say, while they may change. */
export interface KeptFiles<Value> {
  /** What is in use. */
  current(): Value
  /** Begins to look at the files, until `stop`. */
  watch(): void
  stop(): void
}

/**
 * What is read of some files, and each that takes its place in them: `renew` puts it to use, and is tried again at the next
 * look where it fails. Files that cannot be used are logged, and what they said before stays.
 * @param options.name The setting that people know it by. @throws what `read` throws the first time
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
  /** Empty paths are no files. */
  files: readonly string[]
  read(): Value
  renew?(value: Value): unknown
  clock: Clock
  logger: Logger
}): KeptFiles<Value> {
  const stamps = () => files.map(stampOf).join()
  // Before the files are read: what changes meanwhile is taken at the next look.
  let seen = stamps()
  let current = read()
  /** One that is not in use yet. */
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
