import { lookup } from 'node:dns/promises'

/** Where sockets connect to: resolved once, so that a thousand viewers do not query a name server each. */
export interface Target {
  /** An address, not a name. */
  address: string
  port: number
  tls: boolean
  /** Value of the `Host` field. */
  host: string
  /** The name that the certificate must have. */
  serverName: string
  path: string
  /** MQTT inside WebSocket frames, or plain on TCP. */
  webSocket: boolean
}

const PORTS: Record<string, number> = {
  'http:': 80,
  'ws:': 80,
  'https:': 443,
  'wss:': 443,
  'mqtt:': 1883,
  'mqtts:': 8883,
}

/** Resolves an address and checks that something listens there. Throws the system's error if nothing does. */
export async function resolveTarget(url: string): Promise<Target> {
  const { protocol, hostname, port, host, pathname } = new URL(url)
  const known = PORTS[protocol]
  if (known === undefined) throw new Error(`${protocol}// is not supported`)
  const candidate = {
    port: port === '' ? known : Number(port),
    tls: protocol === 'https:' || protocol === 'wss:' || protocol === 'mqtts:',
    host,
    serverName: hostname,
    path: pathname,
    webSocket: protocol.startsWith('ws'),
  }
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true })
  // IPv4 first: on one machine it has many source addresses, and so enough ports.
  const addresses = found.toSorted((a, b) => a.family - b.family).map(({ address }) => address)
  let cause: unknown
  for (const address of addresses) {
    try {
      await knock(address, candidate.port)
      return { ...candidate, address }
    } catch (error) {
      cause = error
    }
  }
  throw cause
}

async function knock(hostname: string, port: number): Promise<void> {
  const socket = await Bun.connect({ hostname, port, socket: { data() {} } })
  socket.end()
}

/** Linux has 28,000 ports per (source, destination); this many viewers leave room for closed ports in TIME_WAIT. */
const VIEWERS_OF_ADDRESS = 20_000
const PORT_MIN = 10_000

/**
 * Source address of the n-th viewer. The system chooses for the first 20,000. On loopback, the next ones have their own addresses
 * and two ports each, used in turn: finding a free port would take the system 0.3 ms.
 */
export function sourceOf(
  { address }: Target,
  viewer: number,
  attempt: number,
): { localAddress?: string; localPort?: number } {
  if (viewer < VIEWERS_OF_ADDRESS || !address.startsWith('127.')) return {}
  return {
    localAddress: `127.0.0.${1 + (Math.floor(viewer / VIEWERS_OF_ADDRESS) % 254)}`,
    localPort: PORT_MIN + 2 * (viewer % VIEWERS_OF_ADDRESS) + (attempt % 2),
  }
}

/** The `tls` option of Bun.connect. */
export const tlsOf = ({ tls, serverName }: Target): { tls?: { serverName: string } } =>
  tls ? { tls: { serverName } } : {}
