import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { logByTopic } from '../../adapters/log/log-by-topic.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { sharedLog as sharedLogs } from '../../adapters/registry.ts'
import { SqliteLog } from '../../adapters/sqlite/log-sqlite.ts'
import type { Store } from '../../adapters/store/store.ts'
import { filedAs } from '../../protocol/runs.ts'
import { timedLog } from '../../services/measure/timed-log.ts'
import type { Health } from '../../services/supervision/supervisor.ts'
import { tracedLog } from '../../services/tracing/traced-log.ts'
import { namesOf } from '../../settings/setting.ts'
import { part } from '../assembly/part.ts'
import { unusable } from '../data-folder.ts'
import { logMetrics } from '../metrics.ts'
import { countOutages } from './outages.ts'

/** A window that was begun ends later; more is a clock that was set back, or was wrong. */
const AHEAD_MS_MAX = 60_000

/** The log within this process: ballots, their counts, room membership and held posts in a file, everything else in memory. */
export const ownLog = part({
  name: 'log',
  settings: ['window-ms'],
  needs: ['folder', 'store'],
  neededFor: ['votes'],
  reports: true,
  async open({ folder, store, config, clock, logger, health, tracing }) {
    const notBeforeMs = await countedUntil(store, config['window-ms'])
    const aheadMs = notBeforeMs - clock.now()
    if (aheadMs > AHEAD_MS_MAX)
      logger.error(
        { aheadMs },
        `what was counted before ends at ${new Date(notBeforeMs).toISOString()}, and counting goes on from there: this machine's clock is behind, or was ahead then`,
      )
    const durable = openBallots(folder.file('log.db'), clock)
    const log = logByTopic({
      topics: { ballots: durable, tallies: durable, rooms: durable, held: durable },
      others: new MemoryLog({ clock, notBeforeMs }),
    })
    const timed = timedLog(log)
    return {
      thing: tracedLog(timed.log, tracing),
      metrics: logMetrics(timed),
      ...watched(log, { health, meanwhile: 'votes are refused' }),
    }
  },
})

/** The log of a cluster. */
export const sharedLog = part({
  name: 'log',
  settings: namesOf(sharedLogs.settings),
  // Taps are accepted whatever the log does: they are merged and wait.
  neededFor: ['votes', 'packets', 'studio'],
  reports: true,
  check: (config) => void sharedLogs.addressOf(config),
  async open({ config, flows, logger, health, tracing }) {
    const log = await sharedLogs.open(config, (topic) => flows.has(topic) || topic === 'dead-letters')
    await reportSettings(config, logger)
    const meanwhile = 'taps fold and wait; posts, votes and changes are refused'
    const timed = timedLog(log)
    return {
      thing: tracedLog(timed.log, tracing),
      metrics: [...countOutages('log', log), ...logMetrics(timed)],
      ...watched(log, { health, meanwhile }),
    }
  },
})

/** Reports topics whose settings make counts wrong. A client without the right to read topic settings starts anyway. */
async function reportSettings(
  config: Parameters<typeof sharedLogs.crucial>[0],
  logger: Logger,
): Promise<void> {
  try {
    for (const { topic, setting, wanted, found } of await sharedLogs.crucial(config)) {
      logger.error(
        { topic, setting, wanted, found },
        `${topic} has ${setting} ${found} and needs ${wanted}, or counts go wrong: see roar topics --check`,
      )
    }
  } catch (cause) {
    logger.warn(`the settings of the topics are not known: ${(cause as Error).message}`)
  }
}

/** Reports whether the log can be written, until it is closed. */
function watched(log: Log, { health, meanwhile }: { health: Health; meanwhile: string }) {
  health.working()
  const unwatch = log.onState((state, cause) => {
    if (state === 'up') health.working()
    else health.waiting(`${cause?.message ?? 'it cannot be written'}; ${meanwhile}`)
  })
  return {
    close() {
      unwatch()
      return log.close()
    },
  }
}

/** The log of ballots. @throws when the file cannot be opened, as `unusable` says */
function openBallots(file: string, clock: Clock): SqliteLog {
  try {
    return new SqliteLog(file, { clock })
  } catch (cause) {
    throw unusable('data', `${file} cannot be opened`, cause)
  }
}

/**
 * The end of the last window counted before a restart: the log's clock continues after it, so that no window is counted in two
 * halves by two runs.
 */
async function countedUntil(store: Store, windowMs: number): Promise<number> {
  let untilMs = 0
  for (const show of await store.shows()) {
    const { cells, moods } = await store.counts(filedAs(show))
    for (const { window } of cells) untilMs = Math.max(untilMs, window + 1)
    for (const { packet } of moods) untilMs = Math.max(untilMs, packet.at + packet.ms)
  }
  return Math.ceil(untilMs / windowMs) * windowMs
}
