import {
  CHOSEN_MAX,
  type ChosenEdge,
  type EdgeReport,
  type FleetPacket,
  WEIGHT_MAX,
} from '../protocol/fleet.ts'

/** How often what is known of the fleet is published; reports come each 2 s. Another draw each time: every edge with room gets its turn. */
export const FLEET_MS = 3_000
/** What stays free of an edge for those who come from elsewhere: reports are some seconds old. */
const RESERVE = 0.05
/** An edge keeps what it has up to so much above its share, in shares and in viewers: below that it is chance. */
const SLACK = 0.1
const SLACK_VIEWERS = 10
/** The share of its viewers that an edge sends elsewhere in a second, at most. */
export const LEAVING_PER_SECOND = 0.02
/** A fleet with hardly any room asks for this spread of those who come. */
const JITTER_MS_MAX = 5_000

/** How many more viewers an edge is handed. */
export const roomOf = ({ connections, limit, state }: EdgeReport): number =>
  state === 'ready' ? Math.max(0, Math.floor(limit * (1 - RESERVE)) - connections) : 0

/**
 * What is said of a fleet: the sum of the edges that stay, and some of those that have room, each with a weight by it. One
 * that drains, waits or has next to none beside the others is not among them. The draw is even, and its weights are not, so
 * a client that draws by weight fills them evenly. @param options.random From 0 to 1.
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
    // None while half of the fleet is empty.
    jitterMs: Math.round(JITTER_MS_MAX * Math.min(1, Math.max(0, 1 - (2 * room) / Math.max(1, limit)))),
  }
}

/** A single one has the weight 1: it is the whole list, and no address of it stands there twice. */
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

/** The edges that a viewer can be sent to from the one at `own`: the others, as far as they have room. */
export const othersThan = (own: readonly string[], edges: readonly ChosenEdge[]): ChosenEdge[] =>
  edges.filter(({ urls, weight }) => weight > 0 && !urls.some((url) => own.includes(url)))

/** An edge drawn by weight; undefined where there is none. @param random From 0 to 1. */
export function drawEdge(edges: readonly ChosenEdge[], random: () => number): ChosenEdge | undefined {
  let left = random() * edges.reduce((sum, { weight }) => sum + weight, 0)
  return edges.find(({ weight }) => {
    left -= weight
    return left < 0
  })
}

/** How many viewers an edge has over a tenth above its share of the fleet; 0 where nobody has room. */
export function overShare(
  { connections, limit }: Pick<EdgeReport, 'connections' | 'limit'>,
  fleet: Pick<FleetPacket, 'connections' | 'limit' | 'edges'>,
): number {
  if (fleet.limit === 0 || fleet.edges.length === 0) return 0
  const share = (fleet.connections * limit) / fleet.limit
  return Math.max(0, Math.floor(connections - share * (1 + SLACK) - SLACK_VIEWERS))
}
