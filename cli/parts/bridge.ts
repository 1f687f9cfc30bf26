import { startBridge } from '../../services/bridge/bridge.ts'
import { part } from '../assembly/part.ts'
import { bridgeMetrics } from '../metrics.ts'

/** Carries packets from the central broker to the broker of its own cluster. */
export const bridge = part({
  name: 'bridge',
  needs: ['upstream', 'pubsub'],
  serves: ['packets'],
  reports: true,
  open({ upstream, pubsub, clock, health }) {
    const bridge = startBridge({ source: upstream, target: pubsub, clock, health })
    return { thing: undefined, metrics: bridgeMetrics(bridge, pubsub), drain: () => bridge.drain() }
  },
})
