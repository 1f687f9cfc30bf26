import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { SIGHTED_MAX, type Sighted, sightings } from '../../protocol/records/sightings.ts'
import { readRecords } from '../reader/reader.ts'
import { jointHealth } from '../supervision/joint-health.ts'
import type { Health } from '../supervision/supervisor.ts'
import { waitOrFail } from '../supervision/wait-or-fail.ts'
import type { Quarantine } from './quarantine.ts'

/** How often this process publishes to the others, in milliseconds: a farm may be ahead of them by this much. */
const TELL_MS = 250

/**
 * Shares what the quarantines of a cluster's ingests see, so that a farm spread over all of them is seen whole. It may lose some:
 * sightings beyond one record, or not confirmed by the log, are dropped, and each ingest then relies on its own. No vote ever
 * waits for it.
 * @returns a function that stops sharing and reading
 */
export function shareSightings({
  log,
  quarantine,
  hashOf,
  clock,
  logger,
  health,
}: {
  log: Log
  quarantine: Quarantine
  /** Keyed, the same in every process: the log must not contain addresses. */
  hashOf: (text: string) => string
  clock: Clock
  logger: Logger
  health: Health
}): () => Promise<void> {
  const producer = crypto.randomUUID()
  let waiting: Sighted[] = []
  let inHand: Promise<void> | undefined
  let cancel = () => {}
  const { own, others } = jointHealth(health, ['own', 'others'])

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
    health: others,
    handle(records) {
      for (const { value } of records) if (value.producer !== producer) value.ballots.forEach(quarantine.hear)
    },
  })

  function tell(): void {
    cancel = clock.after(TELL_MS, tell)
    // Nothing queues up behind a log that hangs: sightings beyond one record are dropped.
    if (waiting.length === 0 || inHand !== undefined) return
    const record = sightings.encode({ producer, ballots: waiting })
    waiting = []
    inHand = log
      .append('sightings', [record])
      .then(own.working, (cause) => {
        const reason = `suspicious ballots seen here do not reach the other ingests: ${cause.message}`
        waitOrFail(own, cause, reason)
      })
      .finally(() => {
        inHand = undefined
      })
  }
  own.working()
  cancel = clock.after(TELL_MS, tell)

  return async () => {
    cancel()
    await inHand
    await reader.close()
  }
}
