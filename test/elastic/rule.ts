/** What the metrics of one edge say. */
export interface EdgeNumbers {
  /** `roar_edge_connections`, all transports. */
  connections: number
  /** `roar_edge_connections_max`. */
  limit: number
  /** `nodejs_eventloop_lag_p99_seconds`. */
  lagS: number
  /** `roar_edge_newest_age_seconds`. */
  newestAgeS: number
}

export interface RuleSettings {
  /** How full an edge is to be, as a share of its limit: the rest is for those who come before another edge is there. */
  target: number
  /** A turn of the event loop longer than this counts as an edge that is full. */
  lagMaxS: number
  edgesMin: number
  edgesMax: number
}

/** Below this share of the target nobody is taken away: as the tolerance of a HorizontalPodAutoscaler, so that it does not swing. */
const CALM = 0.8
/** Packets this old are no matter of load: more edges would not help. */
const STALE_S = 5

/**
 * How many edges there are to be: as many as hold the connections at the target, one more where a loop is late. As an
 * autoscaler says it: `ceil(edges * utilisation / target)`, the largest over the metrics. None comes or goes while packets are stale.
 */
export function edgesWanted(
  edges: readonly EdgeNumbers[],
  { target, lagMaxS, edgesMin, edgesMax }: RuleSettings,
): number {
  const count = edges.length
  if (edges.some(({ newestAgeS }) => newestAgeS > STALE_S)) return Math.max(count, edgesMin)
  const sum = (of: (edge: EdgeNumbers) => number) => edges.reduce((total, edge) => total + of(edge), 0)
  const full =
    sum(({ connections }) => connections) /
    Math.max(
      1,
      sum(({ limit }) => limit),
    )
  const byConnections = Math.ceil((count * full) / target)
  const fewer = Math.ceil((count * full) / (target * CALM))
  const byLag = edges.some(({ lagS }) => lagS > lagMaxS) ? count + 1 : 0
  const wanted = Math.max(byConnections > count ? byConnections : Math.min(count, fewer), byLag)
  return Math.min(edgesMax, Math.max(edgesMin, wanted))
}

/** The one to take away: the emptiest moves the fewest viewers. */
export const emptiest = (edges: readonly EdgeNumbers[]): number =>
  edges.reduce((least, { connections }, i) => (connections < edges[least]!.connections ? i : least), 0)
