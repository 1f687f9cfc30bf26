import type { Logger } from 'pino'
import { type Clock, systemClock } from '../../adapters/clock/clock.ts'
import { SteadyClock } from '../../adapters/clock/steady-clock.ts'
import { isRetryable, RoarError } from '../../protocol/errors.ts'
import { AllowedOrigins } from '../../services/http/allowed-origins.ts'
import { logCounters } from '../../services/http/counters-log.ts'
import { type Fellows, type Metric, operatorRoutes } from '../../services/http/operator.ts'
import type { Http } from '../../services/http/server.ts'
import { openapi } from '../../services/openapi.ts'
import { Supervisor } from '../../services/supervision/supervisor.ts'
import { NO_TRACING, type Tracing } from '../../services/tracing/tracing.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { listen } from '../listen.ts'
import { buildMetrics, fastLaneMetrics, httpMetrics, partMetrics, tracingMetrics } from '../metrics.ts'
import { laneFilesFor } from '../open-files.ts'
import type { Config } from '../settings.ts'
import { keepCertificate } from '../tls/certificate.ts'
import { tlsOptions } from '../tls/tls-options.ts'
import { drainOrder, openOrder } from './order.ts'
import { type Opened, type Part, wantedOf } from './part.ts'
import type { Things } from './things.ts'
import { untilThere } from './until-there.ts'

/** A running process with its parts. */
export interface Assembly {
  url: string
  things: Partial<Things>
  supervisor: Supervisor
  /** Drains the parts along the data path, then closes everything. Returns whether every step succeeded. */
  drain(): Promise<boolean>
}

export interface AssemblyOptions {
  /** Parts that the settings switch off are left out. */
  parts: readonly Part[]
  config: Config
  logger: Logger
  /** Default: the system's. */
  clock?: Clock
  fellows?: Fellows | undefined
  /** Default: none. */
  tracing?: Tracing
  /** Whether the process gets a fast lane where the settings do not say. Default false. */
  fastLane?: boolean
}

/**
 * Opens the parts in the order of their needs, serves their routes at one address, and starts them.
 *
 * ```
 * open: who is needed first ──▶ listen ──▶ start ──▶ … ──▶ drain: along the flows ──▶ close: who needs first
 * ```
 * If one part cannot be opened, those already open drain and are closed again. @throws ConfigError for a fault that only a start can find
 */
export async function assemble(options: AssemblyOptions): Promise<Assembly> {
  const { config, logger, fellows, tracing = NO_TRACING } = options
  // While a poll is open its time must not go back, whatever is done to the machine's clock.
  const clock = new SteadyClock(options.clock ?? systemClock)
  const parts = openOrder(wantedOf(options.parts, config))
  for (const part of parts) part.check(config)
  const purposes = new Set(parts.flatMap(({ serves }) => serves))
  const flows = new Set(parts.flatMap(({ reads, writes }) => [...reads, ...writes]))
  const supervisor = new Supervisor({ clock, logger })
  const things: Partial<Things> = {}
  const opened = new Map<Part, Opened<unknown>>()
  const step = (verb: 'drain' | 'close', order: Part[]) =>
    inOrder(
      order.flatMap((part) => {
        const work = opened.get(part)?.[verb]
        return work === undefined ? [] : [{ name: `${verb} ${part.name}`, work }]
      }),
      logger,
    )

  async function open(part: Part): Promise<void> {
    const neededFor = [...purposes].filter((each) => [...part.serves, ...part.neededFor].includes(each))
    const health = supervisor.register(part.name, { neededFor })
    // Everything that the part names is open by now: `openOrder` saw to that.
    const states = () => supervisor.states()
    const given = { ...(things as Things), config, clock, logger, tracing, states, flows, fellows, health }
    const waits = { clock, onWaiting: health.waiting }
    const result = await untilThere(() => part.open(given), waits).catch((cause) =>
      Promise.reject(notToBe(part, cause)),
    )
    opened.set(part, result)
    Object.assign(things, { [part.name]: result.thing })
    if (!part.reports) health.working()
  }

  try {
    for (const part of parts) await open(part)
    const { http, metrics, stopWatching } = await serve([...opened.values()], {
      ...options,
      supervisor,
      clock,
    })
    const lastCounters = logCounters(metrics, logger)
    for (const { start } of opened.values()) start?.({ url: http.url })
    return {
      url: http.url,
      things,
      supervisor,
      async drain() {
        supervisor.drain()
        stopWatching()
        await http.drain()
        const isDrained = await step('drain', drainOrder(parts))
        lastCounters()
        const isClosed = await step('close', parts.toReversed())
        await http.close()
        await tracing.close()
        return isDrained && isClosed
      },
    }
  } catch (cause) {
    supervisor.drain()
    // A part works from when it is open, and would miss what it needs.
    await step('drain', drainOrder(parts))
    await step('close', parts.toReversed())
    throw cause
  }
}

/**
 * Turns an error of the environment (a missing topic, a database that refuses) into a ConfigError, which is one sentence, and what
 * may pass into one that says which part it was. A programming error keeps its stack.
 */
function notToBe({ name }: Part, cause: unknown): unknown {
  if (cause instanceof ConfigError || !(cause instanceof Error)) return cause
  if (isRetryable(cause)) return new RoarError(cause.code, `${name}: ${cause.message}`, { cause })
  const isOfTheWorld = cause instanceof RoarError || typeof (cause as { code?: unknown }).code === 'string'
  return isOfTheWorld ? new ConfigError(name, cause.message.split('\n', 1)[0]!) : cause
}

/** Whose pages may call; undefined where everybody's may. The page that `public-url` names is one of this server. */
function allowedOriginsOf(
  config: Pick<Config, 'allowed-origins' | 'public-url'>,
): AllowedOrigins | undefined {
  const { 'allowed-origins': listed, 'public-url': url } = config
  if (listed.includes('*')) return undefined
  return new AllowedOrigins(url === '' ? listed : [...listed, new URL(url).origin])
}

/** Loaded on the first request, so that no start and no tap waits for it. */
const asyncapi = async (): Promise<unknown> => (await import('../../services/asyncapi.ts')).asyncapi()

/** Serves the routes of all parts at one address. @throws ConfigError when that address is not available */
async function serve(
  opened: Opened<unknown>[],
  {
    config,
    logger,
    fellows,
    supervisor,
    clock,
    fastLane = false,
    tracing = NO_TRACING,
  }: AssemblyOptions & { supervisor: Supervisor; clock: Clock },
): Promise<{ http: Http; metrics: Metric[]; stopWatching(): void }> {
  const { admit, upgrade, websocket } = Object.assign({}, ...opened) as Opened<unknown>
  const certificate = keepCertificate('tls', {
    ...{ config, clock, logger },
    renew: (next) => http.fastLane?.renew(tlsOptions(next, config['tls-min'])),
  })
  const tls = certificate && tlsOptions(certificate.current(), config['tls-min'])
  // With TLS there is a lane anyway. A viewer's socket that it passed on to the server would be three.
  const isLaid = config['fast-lane'] ? config['fast-lane'] === 'on' : fastLane || tls !== undefined
  const laneRoutes = opened.flatMap(({ laneRoutes = [] }) => laneRoutes)
  const lane = isLaid && laneRoutes.length > 0 ? { laneRoutes } : {}
  const metrics = [
    ...buildMetrics(),
    ...partMetrics(supervisor),
    ...httpMetrics(() => http),
    ...('laneRoutes' in lane || tls ? fastLaneMetrics(() => http) : []),
    ...(certificate ? [certificate.metric] : []),
    ...(tracing === NO_TRACING ? [] : tracingMetrics(tracing)),
    ...opened.flatMap(({ metrics = [] }) => metrics),
  ]
  const http: Http = await listen({
    host: config.host,
    port: config.port,
    idleS: config['idle-s'],
    logger,
    tracing,
    routes: {
      ...Object.assign({}, ...opened.map(({ routes }) => routes)),
      ...operatorRoutes({ metrics, supervisor, openapi, asyncapi, now: () => clock.now(), fellows }),
    },
    prefix: config['public-url'] === '' ? '' : new URL(config['public-url']).pathname.replace(/\/$/, ''),
    reusePort: fellows !== undefined,
    ...lane,
    admit,
    ...(isLaid && upgrade && { upgrade }),
    tls,
    hstsS: config['hsts-s'],
    origins: allowedOriginsOf(config),
    filesMax: laneFilesFor(),
    otherFiles: () => opened.reduce((sum, { files }) => sum + (files?.() ?? 0), 0),
    ...(websocket && { websocket }),
  })
  certificate?.watch()
  return { http, metrics, stopWatching: () => certificate?.stop() }
}

/** Runs every step, also after one that failed. Returns whether all succeeded. */
async function inOrder(steps: { name: string; work: () => unknown }[], logger: Logger): Promise<boolean> {
  let isWell = true
  for (const { name, work } of steps) {
    try {
      await work()
    } catch (cause) {
      isWell = false
      logger.error({ err: cause, step: name }, 'a step of the drain failed')
    }
  }
  return isWell
}
