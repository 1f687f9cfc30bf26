import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { createEdge, type Edge, type EdgeOptions } from '../../services/edge/edge.ts'
import { identityOf, relayRuleOf } from '../from-config.ts'
import { listenMqtt } from '../listen.ts'
import type { Config } from '../settings.ts'

type Options = Pick<EdgeOptions, 'pubsub' | 'showExists' | 'segmentExists'> & {
  config: Config
  logger: Logger
  /** Whether other processes listen at the same port. Default false. */
  reusePort?: boolean
}

/** An edge as the settings want it, listening over TCP where they say so. @throws ConfigError when its port can not be had */
export async function openEdge({ config, logger, reusePort = false, ...options }: Options): Promise<Edge> {
  const verify = verifierOf(config)
  const edge = createEdge({
    ...options,
    clock: systemClock,
    windowMs: config['window-ms'],
    isRelay: relayRuleOf(config),
    ...(verify === undefined ? {} : { verify }),
  })
  edge.start()
  if (config['mqtt-port'] !== 'off') {
    const mqttPort = await listenMqtt(edge, { host: config.host, port: config['mqtt-port'], reusePort })
    logger.info({ mqttPort }, 'MQTT over TCP')
  }
  return edge
}

/** Tokens are looked at where the settings say whose; elsewhere passwords mean nothing, as MQTT clients may have any. */
function verifierOf(config: Config) {
  if (config['auth-secret'] === '' && config['auth-jwks'] === '') return undefined
  const identity = identityOf(config, randomBytes(32))
  return (token: string) => identity.verify(token)
}
