import pino from 'pino'
import { ConfigError } from './config.ts'
import { openDataFolder } from './data-folder.ts'
import { startEmbedded } from './embedded.ts'
import { untilStopped } from './roles/role.ts'
import type { Config } from './settings.ts'

/** Who gives these believes that something else counts or carries packets. */
const OF_A_CLUSTER = ['log', 'spark', 'pubsub', 'upstream'] as const

/** `roar up`: every role in this one process. Returns the exit code once it was told to stop and has drained. */
export async function up(config: Config): Promise<number> {
  for (const name of OF_A_CLUSTER) {
    if (config[name] === '') continue
    throw new ConfigError(name, 'is for the roles of a cluster: roar up does everything in this one process')
  }
  if (config.workers > 1) {
    throw new ConfigError(
      'workers',
      `is ${config.workers}, but roar up counts in one process: for more viewers put roar edge --workers ${config.workers} beside it, with its mqtt-port as the upstream`,
    )
  }
  const startedMs = performance.now()
  const logger = pino({ level: config['log-level'] }, pino.destination({ fd: 2, sync: true }))
  const folder = openDataFolder(config.data)
  try {
    const roar = await startEmbedded({ config, folder, logger })
    logger.info(
      { url: roar.url, mqttPort: roar.mqttPort, ms: Math.round(performance.now() - startedMs) },
      'started',
    )
    process.stdout.write(`Roar is live at ${roar.url.replace('127.0.0.1', 'localhost')}\n`)
    const isWell = await untilStopped({ supervisor: roar.supervisor, logger })
    const clean = await roar.drain()
    logger.info({ clean }, 'stopped')
    return clean && isWell ? 0 : 1
  } finally {
    folder.release()
  }
}
