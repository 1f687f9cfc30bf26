import type { ShowDirectory } from '../../services/directory/directory.ts'
import { createEdge, type Edge } from '../../services/edge/edge.ts'
import type { HttpOptions } from '../../services/http/server.ts'
import type { EdgeThing } from '../assembly/edge-thing.ts'
import { part } from '../assembly/part.ts'
import { EDGE_ID } from '../edge-id.ts'
import { checkRelays, EDGE_NAMES, edgeSettingsOf } from '../edge-settings.ts'
import { edgeMetrics } from '../metrics.ts'
import { checkMqttPort, MQTT_PORT_NAMES, openMqttPort } from './mqtt-port.ts'

/** @param backInS How long this address has no server while the process restarts, in seconds. */
const edgePart = (backInS: number) =>
  part({
    name: 'edge',
    settings: [...MQTT_PORT_NAMES, ...EDGE_NAMES, 'allowed-origins'],
    needs: ['pubsub'],
    uses: ['directory', 'identity'],
    reads: ['packets'],
    serves: ['packets'],
    reports: true,
    check(config) {
      checkRelays(config)
      checkMqttPort(config)
    },
    async open({ pubsub, directory, identity, config, clock, logger, health, fellows }) {
      const edge = createEdge({
        id: EDGE_ID,
        pubsub,
        clock,
        backInS,
        onFull(isFull) {
          if (isFull) logger.warn('the edge is full: new viewers are told to retry later')
          else logger.info('the edge has room for viewers again')
        },
        ...edgeSettingsOf(config, identity),
        onRevoked: (revoked) => identity?.revocations.hear(revoked, Date.now()),
        ...(directory && knownTo(directory)),
      })
      edge.start()
      identity?.revocations.onChange(() => edge.recheckTokens())
      // An edge with packets from before an outage is still better than none, but new viewers are better off with another.
      edge.onRoot((there) => {
        if (there) health.working()
        else health.waiting('nothing new comes from the root; viewers keep the newest packets they have')
      })
      const thing: EdgeThing = {
        edge,
        standBy(waits) {
          edge.standBy(waits)
          if (waits) health.waiting('the deliver of this process is on standby')
          else health.working()
        },
      }
      const mqtt = await openMqttPort({ edge, config, clock, logger, reusePort: fellows !== undefined })
      if (mqtt) thing.mqttPort = mqtt.port
      const start = () => logger.info({ viewersMax: edge.limits.connectionsMax }, 'the edge accepts viewers')
      const drain = () => {
        mqtt?.stop()
        return edge.drain()
      }
      const served = servedBy(edge)
      return { thing, start, ...served, metrics: [...served.metrics, ...(mqtt?.metrics ?? [])], drain }
    },
  })

/** Holds viewers' connections, over WebSocket and optionally TCP. When it stops, other edges take its viewers. */
export const edge = edgePart(0)

/** The same for the only process at its address: its viewers wait for it. */
export const onlyEdge = edgePart(2)

/** For viewers that cannot hold a connection to an edge, in a process with another main task. */
export const fallbacks = part({
  name: 'edge',
  settings: [...EDGE_NAMES, 'allowed-origins'],
  needs: ['pubsub', 'directory', 'identity'],
  check: checkRelays,
  open({ pubsub, directory, identity, config, clock }) {
    const edge = createEdge({
      id: EDGE_ID,
      pubsub,
      clock,
      ...edgeSettingsOf(config, identity),
      onRevoked: (revoked) => identity.revocations.hear(revoked, Date.now()),
      ...knownTo(directory),
    })
    edge.start()
    identity.revocations.onChange(() => edge.recheckTokens())
    return { thing: { edge, standBy: (waits) => edge.standBy(waits) }, ...servedBy(edge) }
  },
})

const knownTo = (directory: ShowDirectory) => ({
  showExists: (show: string) => directory.has(show),
  isInStep: () => directory.isInStep(),
  segmentExists: (show: string, segment: string) => directory.get(show).pack.segments.has(segment),
})

const servedBy = (edge: Edge) => ({
  routes: edge.routes,
  laneRoutes: edge.laneRoutes,
  websocket: edge.websocket as NonNullable<HttpOptions['websocket']>,
  upgrade: edge.upgrade,
  files: () => edge.counters().tcpSockets,
  metrics: edgeMetrics(edge),
  drain: () => edge.drain(),
  close: () => edge.close(),
})
