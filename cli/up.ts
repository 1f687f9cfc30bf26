import pino from 'pino'
import { openDataFolder } from './data-folder.ts'
import { startEmbedded } from './embedded.ts'
import type { Config } from './settings.ts'
import { stopSignal } from './stop-signal.ts'

/** `roar up`: every role in this one process. Returns the exit code once it was told to stop and has drained. */
export async function up(config: Config): Promise<number> {
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
    const signal = await stopSignal()
    logger.info({ signal }, 'draining')
    const clean = await roar.drain()
    logger.info({ clean }, 'stopped')
    return clean ? 0 : 1
  } finally {
    folder.release()
  }
}
