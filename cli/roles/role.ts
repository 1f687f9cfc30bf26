import pino, { type Logger } from 'pino'
import { logCounters } from '../../services/http/counters-log.ts'
import { OPENAPI } from '../../services/http/openapi.ts'
import { type Fellows, type Metric, operatorRoutes, type Readiness } from '../../services/http/operator.ts'
import type { AtOnceRoute, Routes } from '../../services/http/routes.ts'
import type { Http, HttpOptions } from '../../services/http/server.ts'
import { listen } from '../listen.ts'
import { fastLaneMetrics, httpMetrics } from '../metrics.ts'
import type { Config } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'

/** One step of a drain, by the name that a failure of it is logged under. */
export type DrainStep = [name: string, work: () => Promise<unknown>]

export interface Role {
  metrics: Metric[]
  readiness: Readiness
  /** What the role answers beside the operators' calls. */
  routes?: Routes
  /** See `HttpOptions`. */
  atOnce?: AtOnceRoute
  websocket?: NonNullable<HttpOptions['websocket']>
  /** The processes that share this one's ports. Default: it has them to itself. */
  fellows?: Fellows | undefined
  /** In the order of the data path, run after the server takes no more requests. */
  drain: DrainStep[]
  /** Rejects when the role can not go on, with a sentence why. */
  failed?: Promise<unknown>
}

/** Runs one role as a process: starts it, serves it, and drains it on SIGTERM. Returns the exit code. */
export async function runRole(
  name: string,
  config: Config,
  start: (logger: Logger) => Promise<Role>,
): Promise<number> {
  const logger = pino(
    { level: config['log-level'], base: { role: name, pid: process.pid } },
    pino.destination({ fd: 2, sync: true }),
  )
  const role = await start(logger)
  const metrics = [
    ...httpMetrics(() => http),
    ...(role.atOnce === undefined ? [] : fastLaneMetrics(() => http)),
    ...role.metrics,
  ]
  let draining = false
  const http: Http = await listen({
    host: config.host,
    port: config.port,
    idleS: config['idle-s'],
    logger,
    routes: {
      ...role.routes,
      ...operatorRoutes({
        metrics,
        readiness: () => (draining ? 'the server is stopping' : role.readiness()),
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
  const end = await Promise.race([stopSignal(), failureOf(role)])
  if (end instanceof Error) logger.fatal(end.message)
  else logger.info({ signal: end }, 'draining')
  draining = true
  const clean = await runDrain(
    [
      ['http', () => http.drain()],
      ...role.drain,
      ['counters', async () => lastCounters()],
      ['http', () => http.close()],
    ],
    logger,
  )
  return clean && !(end instanceof Error) ? 0 : 1
}

/** Resolves, never rejects, with why the role can not go on. */
function failureOf({ failed = new Promise(() => {}) }: Role): Promise<Error> {
  return failed.then(
    () => new Error('the role ended by itself'),
    (cause) => (cause instanceof Error ? cause : new Error(String(cause))),
  )
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
