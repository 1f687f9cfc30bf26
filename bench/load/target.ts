import { lookup } from 'node:dns/promises'

/** Where sockets go to: resolved once, so that a thousand viewers ask no name server a thousand times. */
export interface Target {
  /** An address, not a name. */
  address: string
  port: number
  tls: boolean
  /** What the `Host` field says. */
  host: string
  /** The name that a certificate must hold. */
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

/** Resolves an address and checks that something listens there. Throws what the system says when nothing does. */
export async function resolveTarget(url: string): Promise<Target> {
  const { protocol, hostname, port, host, pathname } = new URL(url)
  const known = PORTS[protocol]
  if (known === undefined) throw new Error(`${protocol}// is not spoken here`)
  const candidate = {
    port: port === '' ? known : Number(port),
    tls: protocol === 'https:' || protocol === 'wss:' || protocol === 'mqtts:',
    host,
    serverName: hostname,
    path: pathname,
    webSocket: protocol.startsWith('ws'),
  }
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true })
  // IPv4 first: on one machine it has many source addresses, and with them enough ports.
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

/** Connections that one source address makes at most; the system has some 28,000 ports for each, and closed ones rest a while. */
const CONNECTIONS_OF_SOURCE = 10_000

/** Where the n-th viewer connects from: on loopback an address for each 10,000 of them. */
export function sourceOf({ address }: Target, viewer: number): { localAddress?: string } {
  if (!address.startsWith('127.')) return {}
  return { localAddress: `127.0.0.${1 + (Math.floor(viewer / CONNECTIONS_OF_SOURCE) % 254)}` }
}

/** The `tls` option of Bun.connect. */
export const tlsOf = ({ tls, serverName }: Target): { tls?: { serverName: string } } =>
  tls ? { tls: { serverName } } : {}
