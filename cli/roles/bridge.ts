import { ConfigError } from '../../settings/config-error.ts'
import { bridge as carrying } from '../parts/bridge.ts'
import { broker, upstreamOfBridge } from '../parts/pubsub.ts'
import type { Role } from './role.ts'

export const bridge: Role = {
  name: 'bridge',
  summary: 'cluster role: forwards packets from the main broker to the broker of another cluster',
  examples: ['roar bridge --upstream mqtt://main:1883 --pubsub mqtt://second:1883'],
  parts: [upstreamOfBridge, broker, carrying],
  /** Finds loops that show in the addresses; others are found at run time, from what is received. */
  check({ upstream, pubsub }) {
    // Missing addresses are reported by their part.
    if (upstream === '' || pubsub === '') return
    const [from, to] = [upstream, pubsub].map((list) => list.split(',').map(endOf))
    if (from!.some((end) => to!.includes(end)))
      throw new ConfigError('pubsub', 'is the same as upstream: a bridge joins two brokers')
  },
}

/** An address without credentials. */
function endOf(address: string): string {
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}
