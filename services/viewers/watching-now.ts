import { attendedClock } from '../../adapters/clock/attended-clock.ts'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import { Census } from '../../engine/census.ts'
import { HeldReports } from '../../engine/held-reports.ts'
import { type EdgeReport, encodeFleetReport } from '../../protocol/fleet.ts'
import { ownOf } from '../../protocol/ids.ts'
import type { ViewersPacket } from '../../protocol/packets.ts'
import { REPORTS_FILTER, reportTopic, viewersTopic } from '../../protocol/topics.ts'
import { decodeReport, encodeReport, REPORT_HOLDS_MS, type Viewers } from '../../protocol/viewers.ts'
import { publishFleet } from './fleet-now.ts'

/** The interval of packets. People read the number; second by second its changes do not matter. */
const PUBLISH_MS = 3_000

const utf8 = new TextEncoder()

/** Reports to the source of messages how many viewers there are here, and which edges. @param id Unique among reporters. */
export function sendReport(
  pubsub: PubSub,
  id: string,
  {
    viewers,
    edges,
  }: {
    viewers: Iterable<readonly [string, Viewers]>
    edges: Iterable<readonly [string, EdgeReport]>
  },
): void {
  for (const packet of [...encodeReport(viewers), ...encodeFleetReport(edges)])
    pubsub.report({ topic: reportTopic(id), payload: utf8.encode(packet) })
}

/** The reports of edges at a PubSub. */
export interface Reports {
  census: Census<string>
  edges: HeldReports<string, EdgeReport>
  stop(): void
}

/** Collects the reports of edges at a PubSub. */
export function takeReports(pubsub: PubSub, clock: Pick<Clock, 'passedMs'>): Reports {
  const census = new Census<string>({ holdsMs: REPORT_HOLDS_MS })
  const edges = new HeldReports<string, EdgeReport>({ holdsMs: REPORT_HOLDS_MS })
  const take = ({ topic, payload }: { topic: string; payload: Uint8Array }): void => {
    const report = decodeReport(payload)
    if (report === undefined) return
    if ('fleet' in report) edges.take(topic, report.fleet, clock.passedMs())
    else census.take(topic, report.viewers, clock.passedMs())
  }
  // A broker whose rules do not allow reports gives no viewer numbers, and is fine otherwise.
  return { census, edges, stop: pubsub.subscribe(REPORTS_FILTER, take, { isOptional: true }) }
}

/**
 * Publishes each show's number of viewers, from edges' reports, when it changed: `roar/{show}/viewers`, and the state of the
 * edges. Every deliver sums; the active one publishes, once it has had reports of all edges.
 */
export function publishViewers({
  pubsub,
  clock: given,
  isActive,
  segmentsOf,
}: {
  pubsub: PubSub
  clock: Clock
  isActive: () => boolean
  /** The show's segments; undefined: there is no such show. */
  segmentsOf: (show: string) => readonly string[] | undefined
}): { stop(): void } {
  // Reports of edges are unread while this process stands still; they hold for longer than this.
  const { clock, tick: attend } = attendedClock(given, PUBLISH_MS)
  const { census, edges, stop } = takeReports(pubsub, clock)
  const fleet = publishFleet({ pubsub, clock, isActive, edges: () => edges.entries(clock.passedMs()) })
  const heardAllMs = clock.passedMs() + REPORT_HOLDS_MS
  const published = new Map<string, string>()
  let cancel = (): void => {}

  const publish = (): void => {
    const at = clock.now()
    const total = census.total(clock.passedMs())
    for (const show of published.keys()) if (!total.has(show)) total.set(show, NOBODY)
    for (const [show, watching] of total) {
      const names = segmentsOf(show)
      if (names === undefined) {
        published.delete(show)
        continue
      }
      // Also those with nobody: edges count the segments that are named here.
      const segments = Object.fromEntries(names.map((name) => [name, ownOf(watching.segments, name) ?? 0]))
      const viewers: Viewers = { viewers: watching.viewers, segments }
      const words = JSON.stringify(viewers)
      if (published.get(show) === words) continue
      published.set(show, words)
      const packet: ViewersPacket = { at, ...viewers }
      pubsub.publish({
        topic: viewersTopic(show),
        payload: utf8.encode(JSON.stringify(packet)),
        retain: true,
      })
    }
  }
  /** All of it, and also that nobody watches a show any more. */
  const publishAgain = (): void => {
    for (const show of published.keys()) published.set(show, '')
  }
  const tick = (): void => {
    cancel = clock.after(PUBLISH_MS, tick)
    attend()
    // Another may publish meanwhile.
    if (!isActive()) publishAgain()
    else if (clock.passedMs() >= heardAllMs) publish()
  }
  tick()
  // A broker that is reachable again may have lost its memory.
  const forgetPubSub = pubsub.onState((state) => {
    if (state === 'up') publishAgain()
  })

  return {
    stop() {
      cancel()
      forgetPubSub()
      fleet.stop()
      stop()
    },
  }
}

const NOBODY: Viewers = { viewers: 0, segments: {} }
