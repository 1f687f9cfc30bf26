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

/** Where a retained packet stands in the order of its topic's packets; undefined where it does not say. */
export function placeOf(topic: string, payload: Uint8Array): number | undefined {
  const [root, , kind = ''] = topic.split('/', 3)
  const field = root === TOPIC_ROOT ? FIELDS[kind] : undefined
  if (field === undefined) return undefined
  try {
    const place: unknown = JSON.parse(text.decode(payload))?.[field]
    return typeof place === 'number' ? place : undefined
  } catch {
    // Somebody else's packet: nobody knows which of two is newer.
    return undefined
  }
}

/** What a retained message is to who has a value of its topic. */
export type News = 'new' | 'repeated' | 'older'

/** A retained value, as far as the next one is held against it. */
export interface Known {
  /** Absent where it was removed, or never was. */
  payload: Uint8Array | undefined
  /** Of the newest value that there was. */
  place: number | undefined
  /** A publisher took the value back, so the same one does not come again. Default: it may, as it only expired. */
  isRemoved?: boolean
}

/**
 * What a retained payload is to who knows a value of the topic. The same bytes are nothing new, and nobody goes back: `at`
 * and `version` only grow, so a packet with less is one that was on the way for long, or comes from who has lost its source; so
 * is one that was taken back, from who has not heard of that.
 */
export function newsIn(
  topic: string,
  payload: Uint8Array,
  known: Known,
): { news: News; place: number | undefined } {
  const removes = payload.length === 0
  if (removes && known.payload === undefined) return { news: 'repeated', place: known.place }
  if (known.payload !== undefined && equal(known.payload, payload))
    return { news: 'repeated', place: known.place }
  const place = removes ? known.place : placeOf(topic, payload)
  const isOlder =
    place !== undefined &&
    known.place !== undefined &&
    (place < known.place || (place === known.place && known.isRemoved === true))
  return isOlder ? { news: 'older', place: known.place } : { news: 'new', place: place ?? known.place }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
