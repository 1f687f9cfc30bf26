import pino, { type Logger } from 'pino'
import { plural } from '../protocol/plural.ts'
import type { Fellows } from '../services/http/operator.ts'
import { pageUrl } from '../services/http/reachable-url.ts'
import type { Supervisor } from '../services/supervision/supervisor.ts'
import { assemble } from './assembly/assemble.ts'
import { LogOutput } from './log-output.ts'
import { loggedError } from './logged-error.ts'
import type { Role } from './roles/role.ts'
import type { Config } from './settings.ts'
import { type StopReason, stopSignal } from './stop-signal.ts'
import { openTracing } from './tracing.ts'

/** Runs one role as a process, and drains it when it is told to stop or a part has failed. Returns the exit code. */
export async function runRole(
  { name, check, ...role }: Role,
  config: Config,
  fellows?: Fellows,
): Promise<number> {
  const startedMs = performance.now()
  // Installed before anybody can know of this process: an early signal to stop, or to reopen log files, must not kill it.
  const stopped = stopSignal()
  check?.(config)
  const logger = loggerOf(name, config)
  const tracing = await openTracing(config, { role: name, env: process.env, logger })
  const assembly = assemble({ ...role, config, logger, fellows, tracing })
  const begun = await Promise.race([assembly, stopped])
  if (typeof begun === 'string') {
    // Nothing was accepted yet, and the start may be waiting for a server without end.
    assembly.catch(() => {})
    logger.info({ reason: begun }, 'stopped before it had started')
    return 0
  }
  const { url, supervisor, things, drain } = begun
  const ms = Math.round(performance.now() - startedMs)
  logger.info({ url, mqttPort: things.edge?.mqttPort, ms }, 'started')
  process.stdout.write(`${greeting(name)} ${pageUrl(url)}\n`)
  const isWell = await untilStopped({ supervisor, logger, stopped })
  const clean = await drain()
  logger.info({ clean }, 'stopped')
  return clean && isWell ? 0 : 1
}

/**
 * To stderr. If nobody reads it, or nobody any more, as when the terminal is closed, lines are lost and the process goes on: it has
 * to count, and to drain.
 */
export function loggerOf(role: string, config: Pick<Config, 'log-level'>): Logger {
  for (const stream of [process.stdout, process.stderr])
    stream.removeAllListeners('error').on('error', () => {})
  const output = new LogOutput(2, {
    onRead: (dropped) =>
      logger.warn({ dropped }, `dropped ${plural(dropped, 'line')} of this log: nobody read it`),
  })
  const logger: Logger = pino(
    { level: config['log-level'], base: { role, pid: process.pid }, serializers: { err: loggedError } },
    output,
  )
  return logger
}

const greeting = (name: string): string => (name === 'up' ? 'Roar is live at' : `roar ${name} is at`)

/** Resolves when this process must drain, with whether no part failed; the supervisor has logged any failure. */
async function untilStopped({
  supervisor,
  logger,
  stopped,
}: {
  supervisor: Supervisor
  logger: Logger
  stopped: Promise<StopReason>
}): Promise<boolean> {
  const failure = supervisor.failed.catch(() => 'a part has failed' as const)
  const reason = await Promise.race([stopped, failure])
  supervisor.drain()
  logger.info({ reason }, 'draining')
  return reason !== 'a part has failed'
}
