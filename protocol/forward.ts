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

/** Where a retained packet stands: in the order of its topic's packets, where it says so, and in the runs of its show. */
export interface Standing {
  place: number | undefined
  /** 1 where it says nothing. */
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
    // Somebody else's packet: nobody knows which of two is newer.
    return NOWHERE
  }
}

const NOWHERE: Standing = { place: undefined, run: 1 }

const numberOr = <Other>(value: unknown, other: Other): number | Other =>
  typeof value === 'number' ? value : other

/**
 * Whether a value is over because a later run has begun: it ends also where nobody heard that it was taken back, as who was cut
 * off meanwhile, or listens to a broker, which keeps no word of that. Only polls do. The mood of a run replaces that of the one before.
 */
export const isOver = (topic: string, run: number, showRun = 1): boolean =>
  run < showRun && topic.split('/', 3)[2] === 'polls'

/** What a retained message is to who has a value of its topic. */
export type News = 'new' | 'repeated' | 'older'

/** A retained value, as far as the next one is held against it. */
export interface Known {
  /** Absent where it was removed, or never was. */
  payload: Uint8Array | undefined
  /** Of the newest value that there was. */
  place: number | undefined
  /** The run that the show's own packet says. Default 1. */
  showRun?: number
  /** A publisher took the value back, so the same one does not come again. Default: it may, as it only expired. */
  isRemoved?: boolean
}

/**
 * What a retained payload is to who knows a value of the topic. What is of a run that is over is old. The same
 * bytes are nothing new, and nobody goes back: `at` and `version` only grow, so a packet with less is one that was on the way for
 * long, or comes from who has lost its source; so is one that was taken back, from who has not heard of that.
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
