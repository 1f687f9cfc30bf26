import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { SIGHTED_MAX, type Sighted, sightings } from '../../protocol/records/sightings.ts'
import { readRecords } from '../reader/reader.ts'
import type { Quarantine } from './quarantine.ts'

/** How often this process tells the others, in milliseconds: so long a farm may be ahead of them. */
const TELL_MS = 250

/**
 * Shares what the quarantines of a cluster's ingests see, so that a farm that comes to all of them is seen whole. It may
 * lose some: what waits beyond a record's most, and what the log does not confirm, is dropped, and each ingest then
 * goes by what it has seen itself. No vote ever waits for it.
 * @returns Stops telling and hearing.
 */
export function shareSightings({
  log,
  quarantine,
  hashOf,
  clock,
  logger,
}: {
  log: Log
  quarantine: Quarantine
  /** Keyed, the same in every process: the log shall hold nobody's address. */
  hashOf: (text: string) => string
  clock: Clock
  logger: Logger
}): () => Promise<void> {
  const producer = crypto.randomUUID()
  let waiting: Sighted[] = []
  let inHand = Promise.resolve()
  let cancel = () => {}

  quarantine.share({
    hashOf,
    tell(sighted) {
      if (waiting.length < SIGHTED_MAX) waiting.push(sighted)
    },
  })
  const reader = readRecords({
    log,
    codec: sightings,
    from: 'end',
    logger,
    handle(records) {
      for (const { value } of records) if (value.producer !== producer) value.ballots.forEach(quarantine.hear)
    },
  })

  function tell(): void {
    cancel = clock.after(TELL_MS, tell)
    if (waiting.length === 0) return
    const record = sightings.encode({ producer, ballots: waiting })
    waiting = []
    inHand = inHand.then(() =>
      log.append('sightings', [record]).then(
        () => {},
        (cause) => logger.debug({ err: cause }, 'other ingests did not hear of these ballots'),
      ),
    )
  }
  cancel = clock.after(TELL_MS, tell)

  return async () => {
    cancel()
    await inHand
    await reader.close()
  }
}
