import type { Clock } from '../../adapters/clock/clock.ts'
import type { Message, PubSub } from '../../adapters/pubsub/pubsub.ts'
import { Lineage, type RelayRefusal } from '../../engine/lineage.ts'
import { decodeFleet, type EdgeState } from '../../protocol/fleet.ts'
import { type Revoked, revokedIn } from '../../protocol/revoked.ts'
import { FLEET_TOPIC, RELAY_FILTER, TREE_SHOW, TREE_TOPIC } from '../../protocol/topics.ts'
import { REPORT_MS } from '../../protocol/viewers.ts'
import { sendReport } from '../viewers/watching-now.ts'
import type { Hub } from './hub.ts'

/** An edge's position in its tree; times in milliseconds. */
export interface TreeState {
  /** Time since the last new message. */
  newestAgeMs: number
  /** Age of the newest pulse of the root; 0 for a root. */
  rootAgeMs: number
  /** How long there has been no path to a root; 0: there is one. */
  lostForMs: number
}

export interface TreeNode {
  /** Starts to receive packets. Returns a function that stops. */
  start(): () => void
  tick(): void
  /** Reports immediately: something changed that others should know at once. */
  reportNow(): void
  refusal(clientId: string): RelayRefusal | undefined
  onRoot(listener: (there: boolean) => void): void
  /** Whether everything retained has arrived: then an unknown show does not exist. */
  isInStep(): boolean
  state(): TreeState
}

/** After this time without a root a balancer should send no new viewers to the edge. */
const UNREADY_MS = 15_000

const utf8 = new TextEncoder()
const text = new TextDecoder()

/** Connects an edge to the source of its packets. A PubSub within this process makes it a root. */
export function joinTree(
  hub: Hub,
  {
    pubsub,
    clock,
    id,
    onRevoked = () => {},
  }: {
    pubsub: PubSub
    clock: Pick<Clock, 'now' | 'passedMs'>
    id: string
    onRevoked?: (revoked: Revoked) => void
  },
): TreeNode {
  const isRoot = pubsub.leave === undefined
  const lineage = new Lineage(
    { id, isRoot, now: clock.passedMs() },
    {
      say: (pulse) => hub.say(TREE_TOPIC, utf8.encode(JSON.stringify(pulse))),
      endRelays: () => hub.endRelays(),
      leave: (why, options) => pubsub.leave?.(why, options),
    },
  )
  const receive = (message: Message): void => {
    const { topic, payload } = message
    if (topic === TREE_TOPIC) lineage.heard(text.decode(payload), clock.passedMs())
    else if (topic === FLEET_TOPIC) {
      if (hub.say(topic, payload)) hub.context.fleet.hear(decodeFleet(payload), clock.passedMs())
    } else {
      const revoked = revokedIn(topic, payload)
      if (revoked) onRevoked(revoked)
      hub.publish(message)
    }
  }
  let there = false
  let onRoot = (_there: boolean): void => {}
  let reportedMs = clock.passedMs()
  const report = (): void => {
    if (clock.passedMs() - reportedMs < REPORT_MS) return
    reportedMs = clock.passedMs()
    reportNow()
  }
  const reportNow = (): void => {
    sendReport(pubsub, id, { viewers: hub.viewers(), edges: hub.edges(id, stateNow()) })
  }
  const stateNow = (): EdgeState => {
    const { draining, standby } = hub.context
    return draining ? 'draining' : standby || lineage.lostForMs(clock.passedMs()) > 0 ? 'waiting' : 'ready'
  }
  const look = (): void => {
    lineage.tick(clock.passedMs())
    const lostForMs = lineage.lostForMs(clock.passedMs())
    if (there ? lostForMs < UNREADY_MS : lostForMs > 0) return
    there = !there
    onRoot(there)
  }
  return {
    onRoot(listener) {
      onRoot = listener
      if (there) listener(true)
    },
    start() {
      // The first topic, so that a relay learns the path from the root before anything else.
      hub.context.topics.add(TREE_TOPIC, TREE_SHOW, clock.now())
      const forget = pubsub.onState((state) => {
        if (state === 'up') lineage.linkUp(clock.passedMs())
        else lineage.linkDown(clock.passedMs())
      })
      const leave = pubsub.subscribe(RELAY_FILTER, receive)
      look()
      return () => {
        forget()
        leave()
      }
    },
    tick() {
      look()
      report()
    },
    reportNow,
    refusal: (clientId) => lineage.refusal(clientId, clock.passedMs()),
    // The process that makes the shows may start later than the tree.
    isInStep: () => isRoot || (hub.context.topics.heardShow && lineage.isInStep(clock.passedMs())),
    state: () => ({
      newestAgeMs: Math.round(clock.passedMs() - hub.context.newestMs),
      rootAgeMs: Math.round(lineage.rootAgeMs(clock.passedMs())),
      lostForMs: Math.round(lineage.lostForMs(clock.passedMs())),
    }),
  }
}
