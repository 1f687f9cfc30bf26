import pino, { type Logger } from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { logCounters } from '../../services/http/counters-log.ts'
import { type Fellows, type Metric, operatorRoutes } from '../../services/http/operator.ts'
import type { AtOnceRoute, Routes } from '../../services/http/routes.ts'
import type { Http, HttpOptions } from '../../services/http/server.ts'
import { OPENAPI } from '../../services/openapi.ts'
import { Supervisor } from '../../services/supervision/supervisor.ts'
import { listen } from '../listen.ts'
import { fastLaneMetrics, httpMetrics, partMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'

/** One step of a drain, by the name that a failure of it is logged under. */
export type DrainStep = [name: string, work: () => Promise<unknown>]

export interface Role {
  metrics: Metric[]
  /** What the role answers beside the operators' calls. */
  routes?: Routes
  /** See `HttpOptions`. */
  atOnce?: AtOnceRoute
  websocket?: NonNullable<HttpOptions['websocket']>
  /** The processes that share this one's ports. Default: it has them to itself. */
  fellows?: Fellows | undefined
  /** In the order of the data path, run after the server takes no more requests. */
  drain: DrainStep[]
}

/** What a role is started with. Its parts report their state to the supervisor. */
export interface Surroundings {
  logger: Logger
  supervisor: Supervisor
}

/** Runs one role as a process: starts it, serves it, and drains it when it is to stop or a part has failed. Returns the exit code. */
export async function runRole(
  name: string,
  config: Config,
  start: (surroundings: Surroundings) => Promise<Role>,
): Promise<number> {
  const logger = pino(
    { level: config['log-level'], base: { role: name, pid: process.pid } },
    pino.destination({ fd: 2, sync: true }),
  )
  const supervisor = new Supervisor({ clock: systemClock, logger })
  const role = await start({ logger, supervisor })
  const metrics = [
    ...partMetrics(supervisor),
    ...httpMetrics(() => http),
    ...(role.atOnce === undefined ? [] : fastLaneMetrics(() => http)),
    ...role.metrics,
  ]
  const http: Http = await listen({
    host: config.host,
    port: config.port,
    idleS: config['idle-s'],
    logger,
    routes: {
      ...role.routes,
      ...operatorRoutes({
        metrics,
        supervisor,
        openapi: OPENAPI,
        fellows: role.fellows,
      }),
    },
    reusePort: role.fellows !== undefined,
    ...(role.atOnce && { atOnce: role.atOnce }),
    ...(role.websocket === undefined ? {} : { websocket: role.websocket }),
  })
  logger.info({ url: http.url }, 'started')
  const lastCounters = logCounters(metrics, logger)
  process.stdout.write(`roar ${name} is at ${http.url}\n`)
  const isWell = await untilStopped({ supervisor, logger })
  const clean = await runDrain(
    [
      ['http', () => http.drain()],
      ...role.drain,
      ['counters', async () => lastCounters()],
      ['http', () => http.close()],
    ],
    logger,
  )
  return clean && isWell ? 0 : 1
}

/** Resolves when this process has to drain, with whether nothing failed: the supervisor has logged what did. */
export async function untilStopped({ supervisor, logger }: Surroundings): Promise<boolean> {
  const reason = await Promise.race([
    stopSignal(),
    supervisor.failed.catch(() => 'a part has failed' as const),
  ])
  supervisor.drain()
  logger.info({ reason }, 'draining')
  return reason !== 'a part has failed'
}

/** Takes each step, also after one that failed. Returns whether all went well. */
export async function runDrain(steps: DrainStep[], logger: Logger): Promise<boolean> {
  let clean = true
  for (const [step, work] of steps) {
    try {
      await work()
    } catch (cause) {
      clean = false
      logger.error({ err: cause, step }, 'a step of the drain failed')
    }
  }
  return clean
}
