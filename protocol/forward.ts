import { TOPIC_ROOT } from './topics.ts'

/** The field of a retained packet that only grows, by the third level of its topic. */
const FIELDS: Record<string, 'at' | 'version' | 'until'> = {
  mood: 'at',
  viewers: 'at',
  edges: 'at',
  polls: 'version',
  show: 'version',
  revoked: 'until',
}

const text = new TextDecoder()

/** A retained packet's position: among its topic's packets, if it says so, and among the runs of its show. */
export interface Standing {
  place: number | undefined
  /** 1 if the packet does not say. */
  run: number
}

export function standingOf(topic: string, payload: Uint8Array): Standing {
  const [root, , kind = ''] = topic.split('/', 3)
  const field = root === TOPIC_ROOT ? FIELDS[kind] : undefined
  if (field === undefined) return NOWHERE
  try {
    const packet = JSON.parse(text.decode(payload))
    return { place: numberOr(packet?.[field], undefined), run: numberOr(packet?.run, 1) }
  } catch {
    // A foreign packet: there is no way to know which of two is newer.
    return NOWHERE
  }
}

const NOWHERE: Standing = { place: undefined, run: 1 }

const numberOr = <Other>(value: unknown, other: Other): number | Other =>
  typeof value === 'number' ? value : other

/**
 * Whether a value is obsolete because a later run has begun. This also ends values whose removal was missed, by a client that was
 * disconnected, or behind a broker, which does not keep removals. Applies to polls only: the mood of a new run replaces that of
 * the one before.
 */
export const isOver = (topic: string, run: number, showRun = 1): boolean =>
  run < showRun && topic.split('/', 3)[2] === 'polls'

/** A retained message compared with the known value of its topic. */
export type News = 'new' | 'repeated' | 'older'

/** What is kept of a retained value to compare the next one with. */
export interface Known {
  /** Absent: removed, or never present. */
  payload: Uint8Array | undefined
  /** Of the newest value ever seen. */
  place: number | undefined
  /** The run named by the show's own packet. Default 1. */
  showRun?: number
  /** Whether a publisher removed the value, so that the same one does not return. Default: it may, since it only expired. */
  isRemoved?: boolean
}

/**
 * Compares a retained payload with the known value. A value of an earlier run is old. Equal bytes are a repeat. `at` and
 * `version` only grow, so a lower one was delayed, or comes from a node that has lost its source; the same holds for a removed
 * value, from a node that missed the removal.
 */
export function newsIn(
  topic: string,
  payload: Uint8Array,
  known: Known,
): { news: News; place: number | undefined; run?: number } {
  const removes = payload.length === 0
  if (removes && known.payload === undefined) return { news: 'repeated', place: known.place }
  if (known.payload !== undefined && equal(known.payload, payload))
    return { news: 'repeated', place: known.place }
  if (removes) return { news: 'new', place: known.place }
  const { place, run } = standingOf(topic, payload)
  const isOlder =
    isOver(topic, run, known.showRun) ||
    (place !== undefined &&
      known.place !== undefined &&
      (place < known.place || (place === known.place && known.isRemoved === true)))
  return isOlder ? { news: 'older', place: known.place } : { news: 'new', place: place ?? known.place, run }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
