import { ownOf } from './ids.ts'
import { isObject, isRecordOf } from './json-shapes.ts'

/** `waiting`: it has no path to a root, or stands by. */
export type EdgeState = 'ready' | 'waiting' | 'draining'

/** What an edge says of itself to whatever is above it. It holds for some seconds. */
export interface EdgeReport {
  /** Where viewers reach it: `wss://…/mqtt`, `mqtts://…`. */
  urls: string[]
  connections: number
  /** The most that it takes. */
  limit: number
  state: EdgeState
}

/** Edges by their ids. */
export type FleetReport = Record<string, EdgeReport>

/** An edge that takes viewers, and how many of them beside the others, 1 to `WEIGHT_MAX`. */
export interface ChosenEdge {
  urls: string[]
  weight: number
}

/** `roar/$tree/edges`: all edges in sum, and some that have room. Retained; viewers do not hear it. */
export interface FleetPacket {
  at: number
  connections: number
  limit: number
  edges: ChosenEdge[]
  /** How long viewers should spread their first connection, in milliseconds. */
  jitterMs: number
}

export const WEIGHT_MAX = 9
/** Addresses of one edge, and the length of one: it has to fit into the reason of a close. */
export const EDGE_URLS_MAX = 4
export const EDGE_URL_LENGTH_MAX = 72
/** Edges of one packet: fewer, and a crowd that is sent on would be more than they take. */
export const CHOSEN_MAX = 128
/** A packet of a report. Beside it a show's name is not possible: no id begins so. */
const REPORT_KEY = '$edges'
const PACKET_EDGES_MAX = 12

/** A report as packets of some 4 KiB, each with some of the edges. */
export function encodeFleetReport(report: Iterable<readonly [string, EdgeReport]>): string[] {
  const entries = [...report]
  return Array.from({ length: Math.ceil(entries.length / PACKET_EDGES_MAX) }, (_, i) => {
    const some = entries.slice(i * PACKET_EDGES_MAX, (i + 1) * PACKET_EDGES_MAX)
    return JSON.stringify({ [REPORT_KEY]: Object.fromEntries(some) })
  })
}

/** What a report's JSON says of edges; undefined where it is no such report. */
export function fleetReportIn(json: unknown): FleetReport | undefined {
  const edges = isObject(json) ? ownOf(json, REPORT_KEY) : undefined
  return isRecordOf(edges, isEdgeReport) && Object.keys(edges).length <= 2 * PACKET_EDGES_MAX
    ? edges
    : undefined
}

/** What a payload says of the fleet; undefined where it is no such packet. */
export function decodeFleet(payload: Uint8Array): FleetPacket | undefined {
  try {
    const packet = JSON.parse(new TextDecoder().decode(payload)) as Partial<FleetPacket>
    const { at, connections, limit, edges, jitterMs } = packet
    const isPacket =
      [at, connections, limit, jitterMs].every(isCount) &&
      Array.isArray(edges) &&
      edges.length <= CHOSEN_MAX &&
      edges.every(({ urls, weight }) => areUrls(urls) && isCount(weight) && weight <= WEIGHT_MAX)
    return isPacket ? (packet as FleetPacket) : undefined
  } catch {
    // Whoever publishes there can also publish nonsense.
    return undefined
  }
}

/** Whether viewers can be sent there. A name of other letters than ASCII's stands there as DNS has it, `xn--…`. */
export const isEdgeUrl = (url: unknown): url is string =>
  typeof url === 'string' &&
  url.length <= EDGE_URL_LENGTH_MAX &&
  /^(wss?|mqtts?):\/\/[!-?A-~]+$/.test(url) &&
  URL.canParse(url)

const areUrls = (urls: unknown): urls is string[] =>
  Array.isArray(urls) && urls.length > 0 && urls.length <= EDGE_URLS_MAX && urls.every(isEdgeUrl)

function isEdgeReport(given: unknown): given is EdgeReport {
  if (!isObject(given)) return false
  const { urls, connections, limit, state } = given as Partial<EdgeReport>
  return (
    areUrls(urls) && isCount(connections) && isCount(limit) && /^(ready|waiting|draining)$/.test(`${state}`)
  )
}

const isCount = (given: unknown): given is number =>
  Number.isInteger(given) && (given as number) >= 0 && (given as number) <= 1e13
