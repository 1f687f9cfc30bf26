import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { relayClientId } from '../../engine/lineage.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { part } from '../assembly/part.ts'
import { EDGE_ID } from '../edge-id.ts'
import { PEER_TLS_NAMES, type PeerTlsConfig, peerTlsOf } from '../tls/peer-tls.ts'
import { openPeer } from './peer.ts'

/** PubSub within this process. */
export const ownPubSub = part({
  name: 'pubsub',
  open({ logger }) {
    const pubsub = memoryPubSub({
      onFault: (cause) => logger.error({ err: cause }, 'a listener of PubSub failed'),
    })
    return { thing: pubsub, close: () => pubsub.close() }
  },
})

/** Checks that there are addresses, and that TLS towards them is possible with these settings. @throws ConfigError */
function checkPeer(name: 'upstream' | 'pubsub', config: PeerTlsConfig, url: string): void {
  if (url === '') throw new ConfigError(name, `is missing: ${PURPOSE[name]}, like mqtt://host:1883`)
  peerTlsOf(name, { config, url, nowMs: Date.now() })
}
const PURPOSE = { upstream: 'say where packets come from', pubsub: 'say which broker to publish to' }

/** The broker to which packets are published. */
export const broker = part({
  name: 'pubsub',
  settings: ['pubsub', ...PEER_TLS_NAMES],
  uses: ['log-clock'],
  neededFor: ['packets'],
  reports: true,
  check: (config) => checkPeer('pubsub', config, config.pubsub),
  open: ({ config, clock, 'log-clock': packetClock, logger, health }) =>
    openPeer('pubsub', {
      url: config.pubsub,
      config,
      clock,
      packetClock,
      logger,
      health,
      meanwhile: 'the newest packet of each topic is published once the broker is reachable',
    }),
})

/** The same broker, read by an edge in a process with another main task. */
export const brokerOfFallbacks = part({
  name: 'pubsub',
  settings: ['pubsub', ...PEER_TLS_NAMES],
  reports: true,
  check: (config) => checkPeer('pubsub', config, config.pubsub),
  open: ({ config, clock, logger, health }) =>
    openPeer('pubsub', {
      url: config.pubsub,
      config,
      clock,
      subscribesOnly: true,
      clientId: relayClientId(EDGE_ID),
      logger,
      health,
      meanwhile: 'the fallbacks keep the newest packets they have',
    }),
})

/** What an edge subscribes to: a broker, or another edge. An edge with packets from before an outage is still better than none. */
export const upstreamOfEdge = part({
  name: 'pubsub',
  settings: ['upstream', ...PEER_TLS_NAMES],
  writes: ['packets'],
  reports: true,
  check: (config) => checkPeer('upstream', config, config.upstream),
  open: ({ config, clock, logger, health }) =>
    openPeer('upstream', {
      url: config.upstream,
      config,
      clock,
      subscribesOnly: true,
      clientId: relayClientId(EDGE_ID),
      logger,
      health,
      meanwhile: 'viewers keep the newest packets they have',
    }),
})

/** What a bridge subscribes to. */
export const upstreamOfBridge = part({
  name: 'upstream',
  settings: ['upstream', ...PEER_TLS_NAMES],
  neededFor: ['packets'],
  reports: true,
  check: (config) => checkPeer('upstream', config, config.upstream),
  open: ({ config, clock, logger, health }) =>
    openPeer('upstream', {
      url: config.upstream,
      config,
      clock,
      subscribesOnly: true,
      clientId: relayClientId(EDGE_ID),
      logger,
      health,
      meanwhile: 'the cluster keeps the newest packets it has',
    }),
})
