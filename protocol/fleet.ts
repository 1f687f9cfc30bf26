import { ownOf } from './ids.ts'
import { isObject, isRecordOf } from './json-shapes.ts'

/** `waiting`: it has no path to a root, or is a standby. */
export type EdgeState = 'ready' | 'waiting' | 'draining'

/** An edge's report to the node above it. Valid for some seconds. */
export interface EdgeReport {
  /** Where viewers reach it: `wss://…/mqtt`, `mqtts://…`. */
  urls: string[]
  connections: number
  /** The most connections that it accepts. */
  limit: number
  state: EdgeState
}

/** Edges by their ids. */
export type FleetReport = Record<string, EdgeReport>

/** An edge that accepts viewers, with its share of new ones relative to the others, 1 to `WEIGHT_MAX`. */
export interface ChosenEdge {
  urls: string[]
  weight: number
}

/** `roar/$tree/edges`: the sum over all edges, and some with room. Retained; not delivered to viewers. */
export interface FleetPacket {
  at: number
  connections: number
  limit: number
  edges: ChosenEdge[]
  /** The time over which viewers should spread their first connection, in milliseconds. */
  jitterMs: number
}

export const WEIGHT_MAX = 9
/** Addresses of one edge, and the length of one, which must fit into a close reason. */
export const EDGE_URLS_MAX = 4
export const EDGE_URL_LENGTH_MAX = 72
/** Edges in one packet: with fewer, a redirected crowd would exceed their room. */
export const CHOSEN_MAX = 128
/** Key of a report's packet. It cannot collide with a show: no id begins like this. */
const REPORT_KEY = '$edges'
const PACKET_EDGES_MAX = 12

/** Splits a report into packets of some 4 KiB, each with some of the edges. */
export function encodeFleetReport(report: Iterable<readonly [string, EdgeReport]>): string[] {
  const entries = [...report]
  return Array.from({ length: Math.ceil(entries.length / PACKET_EDGES_MAX) }, (_, i) => {
    const some = entries.slice(i * PACKET_EDGES_MAX, (i + 1) * PACKET_EDGES_MAX)
    return JSON.stringify({ [REPORT_KEY]: Object.fromEntries(some) })
  })
}

/** The edges in a parsed report; undefined if it is none. */
export function fleetReportIn(json: unknown): FleetReport | undefined {
  const edges = isObject(json) ? ownOf(json, REPORT_KEY) : undefined
  return isRecordOf(edges, isEdgeReport) && Object.keys(edges).length <= 2 * PACKET_EDGES_MAX
    ? edges
    : undefined
}

/** Parses a fleet packet; undefined if it is none. */
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
    // Whoever can publish there can also publish nonsense.
    return undefined
  }
}

/** Whether viewers can be sent to this address. Non-ASCII host names must be in DNS form, `xn--…`. */
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
