import {
  CHOSEN_MAX,
  type ChosenEdge,
  type EdgeReport,
  type FleetPacket,
  WEIGHT_MAX,
} from '../protocol/fleet.ts'

/**
 * How often the state of the fleet is published; reports arrive every 2 s. Edges are drawn anew each time, so that each one with
 * room gets its turn.
 */
export const FLEET_MS = 3_000
/** The share of an edge's capacity that is kept free for viewers who come on their own: reports are seconds old. */
const RESERVE = 0.05
/** How far above its share, relatively and in viewers, an edge may be before it sends viewers away: below that it is chance. */
const SLACK = 0.1
const SLACK_VIEWERS = 10
/** The largest share of its viewers that an edge sends elsewhere in a second. */
export const LEAVING_PER_SECOND = 0.02
/** The time over which a fleet with hardly any room asks new viewers to spread. */
const JITTER_MS_MAX = 5_000

/** How many more viewers may be sent to an edge. */
export const roomOf = ({ connections, limit, state }: EdgeReport): number =>
  state === 'ready' ? Math.max(0, Math.floor(limit * (1 - RESERVE)) - connections) : 0

/**
 * The published state of a fleet: the sum of the edges that are not draining, and some edges with room, each weighted by its
 * room. An edge that drains, waits or has next to no room is left out. Edges are drawn evenly and clients choose by weight, so
 * edges fill evenly. @param options.random From 0 to 1.
 */
export function fleetPacket(
  fleet: ReadonlyMap<string, EdgeReport>,
  { at, random }: { at: number; random: () => number },
): FleetPacket {
  const staying = [...fleet.values()].filter(({ state }) => state === 'ready')
  const sum = (of: (edge: EdgeReport) => number) => staying.reduce((total, edge) => total + of(edge), 0)
  const [limit, room] = [sum((edge) => edge.limit), sum(roomOf)]
  return {
    at,
    connections: sum(({ connections }) => connections),
    limit,
    edges: chosen(staying, random),
    // No spread while half of the fleet is empty.
    jitterMs: Math.round(JITTER_MS_MAX * Math.max(0, 1 - (2 * room) / Math.max(1, limit))),
  }
}

/** A single edge has the weight 1: it is the whole list, and each of its addresses is in it once. */
function chosen(edges: readonly EdgeReport[], random: () => number): ChosenEdge[] {
  const most = Math.max(1, ...edges.map(roomOf))
  const open = edges
    .map((edge) => ({ urls: edge.urls, weight: Math.round((WEIGHT_MAX * roomOf(edge)) / most) }))
    .filter(({ weight }) => weight > 0)
  if (open.length === 1) return [{ ...open[0]!, weight: 1 }]
  return Array.from({ length: Math.min(CHOSEN_MAX, open.length) }, () => {
    return open.splice(Math.floor(random() * open.length), 1)[0]!
  })
}

/** The edges with room to which the edge at `own` can send a viewer. */
export const othersThan = (own: readonly string[], edges: readonly ChosenEdge[]): ChosenEdge[] =>
  edges.filter(({ urls, weight }) => weight > 0 && !urls.some((url) => own.includes(url)))

/** An edge drawn by weight; undefined if there is none. @param random From 0 to 1. */
export function drawEdge(edges: readonly ChosenEdge[], random: () => number): ChosenEdge | undefined {
  let left = random() * edges.reduce((sum, { weight }) => sum + weight, 0)
  return edges.find(({ weight }) => {
    left -= weight
    return left < 0
  })
}

/** How many viewers an edge has beyond 110 % of its share of the fleet; 0 if nobody has room. */
export function overShare(
  { connections, limit }: Pick<EdgeReport, 'connections' | 'limit'>,
  fleet: Pick<FleetPacket, 'connections' | 'limit' | 'edges'>,
): number {
  if (fleet.limit === 0 || fleet.edges.length === 0) return 0
  const share = (fleet.connections * limit) / fleet.limit
  return Math.max(0, Math.floor(connections - share * (1 + SLACK) - SLACK_VIEWERS))
}
