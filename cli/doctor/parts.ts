import { sharedLog } from '../../adapters/registry.ts'
import { within } from '../../adapters/within.ts'
import { hostOf } from '../../services/http/ip.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { withoutSecrets } from '../../settings/print.ts'
import type { Config } from '../settings.ts'
import { bad, type Finding, ok } from './finding.ts'

const ANSWER_MS = 10_000

/** Asks each part of a cluster that the settings name. */
export const partFindings = async (config: Config): Promise<Finding[]> =>
  (
    await Promise.all([
      log(config),
      store(config),
      broker('pubsub', config.pubsub),
      broker('upstream', config.upstream),
      spark(config.spark),
    ])
  ).flat()

const reasonOf = (cause: unknown): string => (cause as Error).message.split('\n', 1)[0]!

async function log(config: Config): Promise<Finding[]> {
  if (config.log === '') return []
  try {
    const missing = await sharedLog.missing(config)
    if (missing.length === 0)
      return [ok('log', `${config.log} has every topic; roar topics --check compares their settings`)]
    return [bad('log', `${missing.join(', ')} missing: create them with roar topics`)]
  } catch (cause) {
    return [bad('log', cause instanceof ConfigError ? cause.message : reasonOf(cause))]
  }
}

async function store({ store }: Config): Promise<Finding[]> {
  if (!store.startsWith('postgres')) return []
  const { checkServer } = await import('../../adapters/postgres/suitable.ts')
  try {
    return [ok('store', `PostgreSQL ${await within(ANSWER_MS, checkServer(store))}`)]
  } catch (cause) {
    return [bad('store', `PostgreSQL at ${withoutSecrets(store)} cannot be used: ${reasonOf(cause)}`)]
  }
}

/** Whether anything listens at the addresses. What it is, only its own settings can tell. */
async function broker(name: 'pubsub' | 'upstream', addresses: string): Promise<Finding[]> {
  if (addresses === '') return []
  const tried = addresses.split(',').map(async (address) => {
    const url = new URL(address)
    const usual = { 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 }[url.protocol] ?? 1883
    const socket = { data() {} }
    const place = { hostname: hostOf(url), port: Number(url.port) || usual, socket }
    const shown = `${place.hostname}:${place.port}`
    try {
      ;(await within(ANSWER_MS, Bun.connect(place))).end()
      return ok(name, `${shown} is reachable`)
    } catch (cause) {
      return bad(name, `${shown} is not reachable: ${reasonOf(cause)}`)
    }
  })
  return Promise.all(tried)
}

async function spark(address: string): Promise<Finding[]> {
  if (address === '') return []
  const { parseSparkAddress, SparkSession } = await import('../../adapters/spark/spark-session.ts')
  const session = new SparkSession(parseSparkAddress(address), { sessionId: crypto.randomUUID() })
  try {
    return [ok('spark', `Spark ${await within(ANSWER_MS, session.version())}`)]
  } catch (cause) {
    return [bad('spark', `Spark at ${withoutSecrets(address)} cannot be used: ${reasonOf(cause)}`)]
  } finally {
    session.close()
  }
}
