/** The metrics of one edge. */
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
  /** Target utilisation of an edge, as a share of its limit: the rest is for viewers who come before another edge is ready. */
  target: number
  /** With a longer event loop lag an edge counts as full. */
  lagMaxS: number
  edgesMin: number
  edgesMax: number
}

/**
 * Above this share of the target no edge is removed: like a HorizontalPodAutoscaler's tolerance, so that it does not oscillate.
 */
const CALM = 0.8
/** Packets this old are not a matter of load: more edges would not help. */
const STALE_S = 5

/**
 * The wanted number of edges: enough for the connections at the target, one more if an event loop lags. As for an autoscaler:
 * `ceil(edges * utilisation / target)`, the largest over the metrics. Unchanged while packets are stale.
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

/** The edge to remove: the emptiest one moves the fewest viewers. */
export const emptiest = (edges: readonly EdgeNumbers[]): number =>
  edges.reduce((least, { connections }, i) => (connections < edges[least]!.connections ? i : least), 0)
