import mqtt, { type MqttClient } from 'mqtt'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import type { Clock } from '../clock/clock.ts'

/** What all connections to one broker share. */
export interface BrokerOptions {
  /**
   * `mqtt://`, `mqtts://`, `ws://` or `wss://`; a user name and a password may stand in it, percent-encoded. Several with
   * commas between are tried in turn.
   */
  url: string
  /** The authority of the broker's certificate, PEM. Default: those that the system trusts. */
  ca?: string | undefined
  /** Hears why a connection did not come about or was lost. */
  onTrouble?: ((cause: Error) => void) | undefined
  clock: Clock
  random: () => number
}

/** Short, as those who connect so are the servers of one cluster and not its viewers. */
const RETRY: Backoff = { firstMs: 500, maxMs: 5_000, jitter: 1 }
/** A connection that lasted so long was a good one. */
const STEADY_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
const KEEP_ALIVE_S = 20

export interface Link {
  /** The connected client; undefined while the broker is unreachable. */
  client(): MqttClient | undefined
  /** Ends the connection and does not come again. */
  close(): Promise<void>
}

/**
 * Holds a connection to a broker. After a loss it comes again, to the next address, with full jitter: after 0 to 0.5 s,
 * then up to twice as long each time round, at most 5 s; a connection that lasted 30 s starts over. Each connection is a new client, so nothing
 * of the old one is sent again behind our back.
 */
export function keepLink(
  { url, ca, clock, random, onTrouble }: BrokerOptions,
  { onUp, onDown }: { onUp: (client: MqttClient) => void; onDown: () => void },
): Link {
  const urls = url.split(',')
  let client: MqttClient | undefined
  let turn = 0
  let current: MqttClient
  let attempts = 0
  let upSinceMs = 0
  let closed = false
  let cancelRetry = () => {}

  const connect = (): void => {
    const address = urls[turn++ % urls.length]!
    const tell = (message: string, cause?: Error) =>
      onTrouble?.(new Error(`${new URL(address).host}: ${message}`, { cause }))
    const attempt = mqtt.connect(address, {
      protocolVersion: 5,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEP_ALIVE_S,
      ...(ca === undefined ? {} : { ca }),
    })
    current = attempt
    attempt.on('connect', () => {
      client = attempt
      upSinceMs = clock.now()
      onUp(attempt)
    })
    // What follows from it is done at `close`, which comes after each error of a connection.
    attempt.on('error', (cause) => {
      if (!closed) tell(cause.message, cause)
      attempt.end(true)
    })
    attempt.on('disconnect', ({ properties, reasonCode }) => {
      tell(`it said goodbye: ${properties?.reasonString ?? `reason ${reasonCode}`}`)
    })
    attempt.once('close', () => {
      const wasUp = client === attempt
      if (wasUp && clock.now() - upSinceMs >= STEADY_MS) attempts = 0
      client = undefined
      attempt.end(true)
      if (closed) return
      const rounds = 1 + Math.floor(attempts++ / urls.length)
      cancelRetry = clock.after(backoffMs(rounds, RETRY, random), connect)
      if (wasUp) onDown()
    })
  }
  connect()

  return {
    client: () => client,
    async close() {
      closed = true
      cancelRetry()
      await current.endAsync(client === undefined)
    },
  }
}
