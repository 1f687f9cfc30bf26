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

/** The clocks of one installation differ by less than this. */
const AHEAD_MS = 60_000
/** A time this close to the clock shows that the clock is right. */
const NEAR_MS = 10_000

const text = new TextDecoder()

/** A retained packet's position: among its topic's packets, if it says so, and among the runs of its show. */
export interface Standing {
  place: number | undefined
  /** 1 if the packet does not say. */
  run: number
}

export function standingOf(topic: string, payload: Uint8Array): Standing {
  const field = fieldOf(topic)
  if (field === undefined) return NOWHERE
  try {
    const packet = JSON.parse(text.decode(payload))
    return { place: numberOr(packet?.[field], undefined), run: numberOr(packet?.run, 1) }
  } catch {
    // A foreign packet: there is no way to know which of two is newer.
    return NOWHERE
  }
}

function fieldOf(topic: string): (typeof FIELDS)[string] | undefined {
  const [root, , kind = ''] = topic.split('/', 3)
  return root === TOPIC_ROOT ? FIELDS[kind] : undefined
}

const NOWHERE: Standing = { place: undefined, run: 1 }

const numberOr = <Other>(value: unknown, other: Other): number | Other =>
  Number.isSafeInteger(value) ? (value as number) : other

/**
 * Whether a value is obsolete because a later run has begun. This also ends values whose removal was missed, by a client that was
 * disconnected, or behind a broker, which does not keep removals. Applies to polls only: the mood of a new run replaces that of
 * the one before.
 */
export const isOver = (topic: string, run: number, showRun = 1): boolean =>
  run < showRun && topic.split('/', 3)[2] === 'polls'

/** What a retained message is to a holder of its topic's value. `ahead`: its time lies in the future, so it comes from a wrong clock. */
export type News = 'new' | 'repeated' | 'older' | 'ahead'

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
 *
 * A time far in the future would block its topic until then. It is dropped while the topic's value is of about now, and a packet
 * of about now replaces it. If neither is, either clock may be the wrong one, so times are only compared with each other.
 * @param now Milliseconds since 1970, by the clock of this process.
 */
export function newsIn(
  topic: string,
  payload: Uint8Array,
  known: Known,
  now: number,
): { news: News; place: number | undefined; run?: number } {
  const removes = payload.length === 0
  if (removes && known.payload === undefined) return { news: 'repeated', place: known.place }
  if (known.payload !== undefined && equal(known.payload, payload))
    return { news: 'repeated', place: known.place }
  if (removes) return { news: 'new', place: known.place }
  const { place, run } = standingOf(topic, payload)
  const isTime = fieldOf(topic) === 'at'
  if (isTime && isTooFar(place, known.place, now)) return { news: 'ahead', place: known.place }
  const isOlder =
    isOver(topic, run, known.showRun) ||
    (place !== undefined &&
      known.place !== undefined &&
      !(isTime && isTooFar(known.place, place, now)) &&
      (place < known.place || (place === known.place && known.isRemoved === true)))
  return isOlder ? { news: 'older', place: known.place } : { news: 'new', place: place ?? known.place, run }
}

/** Whether a time is far ahead of the clock while another one of its topic is not, so that it is not the clock that is wrong. */
const isTooFar = (time: number | undefined, other: number | undefined, now: number): boolean =>
  time !== undefined && other !== undefined && time - now > AHEAD_MS && Math.abs(now - other) <= NEAR_MS

function equal(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
