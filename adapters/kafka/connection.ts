import type { ConnectionOptions } from 'node:tls'
import type { BaseOptions, ClusterMetadata, MetadataOptions } from '@platformatic/kafka'
import { RoarError } from '../../protocol/errors.ts'
import { isPort } from '../../settings/values.ts'
import type { LogTopic } from '../log/log.ts'

/** How to reach a Kafka cluster, and which of its topics belong to this Roar. */
export interface KafkaAddress {
  /** `host:port` of some brokers, which name the others. */
  brokers: string[]
  /** The prefix of every topic. Default `roar-`. */
  topicPrefix?: string
  /** TLS options in Node's names. Default: no TLS. */
  tls?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>
  /** Credentials. Use them with `tls`: otherwise the password is sent in the clear (PLAIN) or can be guessed offline (SCRAM). */
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string }
}

/** Reads `kafka://host:port,host:port`. Throws a `TypeError` with what is wrong with it. */
export function parseBrokers(url: string): string[] {
  const [, list] = /^kafka:\/\/([^/]+)\/?$/.exec(url) ?? []
  const brokers = list?.split(',') ?? []
  // An IPv6 address is in brackets, as always before a port.
  const sound =
    brokers.length > 0 &&
    brokers.every(
      (broker) => /^(\[[0-9a-f:.]+\]|[^:[\]]+):\d{1,5}$/i.test(broker) && isPort(broker.split(':').at(-1)!),
    )
  if (!sound) throw new TypeError(`"${url}" is not an address like kafka://host:9092,host:9092`)
  return brokers
}

export const topicName = ({ topicPrefix = 'roar-' }: KafkaAddress, topic: LogTopic): string =>
  `${topicPrefix}${topic}`

/**
 * Options shared by all our Kafka clients. The client never retries: its own loops can be endless, so every caller here has a
 * limit and retries itself.
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

/** The system's word for a port that is closed. */
const REFUSED = /^connect ECONNREFUSED /
const NOBODY_LISTENS = 'nothing listens at '

/** A sentence for operators: the innermost reasons in a client's error, each once. */
export function reasonOf(error: unknown): string {
  const reasons = new Set<string>()
  const visit = (cause: unknown): void => {
    if (cause instanceof RoarError) reasons.add(cause.message)
    else if (cause instanceof AggregateError && cause.errors.length > 0) cause.errors.forEach(visit)
    else if (cause instanceof Error && cause.cause instanceof Error) visit(cause.cause)
    else
      reasons.add((cause instanceof Error ? cause.message : String(cause)).replace(REFUSED, NOBODY_LISTENS))
  }
  visit(error)
  return [...reasons].join('; ')
}

/** That Kafka cannot be used, with its reason. */
export function unusable({ brokers, sasl }: KafkaAddress, cause: unknown): RoarError {
  const reason = reasonOf(cause)
  // All that a broker says to a client without a name; one that is starting says no more.
  const advice =
    sasl === undefined && reason.endsWith('Connection closed')
      ? ', as by a broker that lets nobody in without kafka-sasl'
      : ''
  return new RoarError('log_unavailable', `Kafka at ${brokers.join(', ')}: ${reason}${advice}`, { cause })
}

/** The client's codes for a refused password and for TLS on one side only; the runtime's for a certificate that is not trusted. */
const REFUSALS =
  /^(PLT_KFK_(AUTHENTICATION|USER)|(DEPTH_ZERO_)?SELF_SIGNED_CERT.*|UNABLE_TO_.*|CERT_.*|HOSTNAME_MISMATCH|ERR_(TLS|SSL)_.*)$/

/** Whether a broker refuses us, or we it, by what our settings say: trying again does not help. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const inner = error instanceof AggregateError ? error.errors : [error.cause]
  return REFUSALS.test((error as { code?: string }).code ?? '') || inner.some(isRefusal)
}

/** Closes a client. If its broker is unreachable, closing fails, which is known by then and does not matter. */
export async function closeClient(client: { close(): Promise<void> }): Promise<void> {
  await client.close().catch(() => undefined)
}

const RETRY_DELAY_MS = 100
/** How often a metadata request is repeated: a topic just created or moved briefly has no leader. */
const METADATA_RETRIES = 3

/** The cluster's metadata of topics, cached if fresh. Fails with the names of missing ones. */
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
