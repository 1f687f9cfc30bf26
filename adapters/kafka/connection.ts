import type { ConnectionOptions } from 'node:tls'
import type { BaseOptions, ClusterMetadata, MetadataOptions } from '@platformatic/kafka'
import { RoarError } from '../../protocol/errors.ts'
import type { LogTopic } from '../log/log.ts'

/** How to reach a Kafka cluster, and which topics on it are this Roar's. */
export interface KafkaAddress {
  /** `host:port` of some brokers; they name the others. */
  brokers: string[]
  /** What every topic's name begins with. Default `roar-`. */
  topicPrefix?: string
  /** TLS towards the brokers, with Node's names for the settings. Default: none. */
  tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>
  /** Who we are. Use it with `tls`, or the password travels in the clear (PLAIN) or can be guessed offline (SCRAM). */
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string }
}

/** Reads `kafka://host:port,host:port`. Throws a `TypeError` with what is wrong with it. */
export function parseBrokers(url: string): string[] {
  const [, list] = /^kafka:\/\/([^/]+)\/?$/.exec(url) ?? []
  const brokers = list?.split(',') ?? []
  // An IPv6 address is in brackets, as everywhere that a port follows.
  const sound =
    brokers.length > 0 && brokers.every((broker) => /^(\[[0-9a-f:.]+\]|[^:[\]]+):\d{1,5}$/i.test(broker))
  if (!sound) throw new TypeError(`${url} is not an address like kafka://host:9092,host:9092`)
  return brokers
}

export const topicName = ({ topicPrefix = 'roar-' }: KafkaAddress, topic: LogTopic): string =>
  `${topicPrefix}${topic}`

/**
 * The options that all our Kafka clients share. Nothing is tried again in the client: its own loops can be without end,
 * so every caller here has its bound and tries again itself.
 */
export function clientOptions({ brokers, tls, sasl }: KafkaAddress, requestTimeoutMs: number): BaseOptions {
  return {
    clientId: 'roar',
    bootstrapBrokers: brokers,
    retries: 0,
    retryDelay: RETRY_DELAY_MS,
    connectTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    timeout: requestTimeoutMs,
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  }
}

/** The sentence for an operator: the innermost reasons that a client's error holds, each once. */
export function reasonOf(error: unknown): string {
  const reasons = new Set<string>()
  const visit = (cause: unknown): void => {
    if (cause instanceof RoarError) reasons.add(cause.message)
    else if (cause instanceof AggregateError && cause.errors.length > 0) cause.errors.forEach(visit)
    else if (cause instanceof Error && cause.cause instanceof Error) visit(cause.cause)
    else reasons.add(cause instanceof Error ? cause.message : String(cause))
  }
  visit(error)
  return [...reasons].join('; ')
}

/** Closes a client. If its broker is unreachable, closing reports so: that is known by then, and nothing depends on it. */
export async function closeClient(client: { close(): Promise<void> }): Promise<void> {
  await client.close().catch(() => undefined)
}

const RETRY_DELAY_MS = 100
/** How often a question for topics is asked anew by itself: a topic just created or moved is without leader for a moment. */
const METADATA_RETRIES = 3

/** What the cluster knows of topics, from memory where that is fresh. Fails with their names when one is missing. */
export async function askForTopics(
  client: { metadata(options: MetadataOptions): Promise<ClusterMetadata> },
  topics: string[],
  { fresh = false } = {},
): Promise<ClusterMetadata> {
  try {
    return await client.metadata({ topics, forceUpdate: fresh, retries: METADATA_RETRIES })
  } catch (cause) {
    const about = topics.length === 0 ? '' : `topic ${topics.join(' or ')}: `
    throw new RoarError('log_unavailable', `${about}${reasonOf(cause)}`, { cause })
  }
}
