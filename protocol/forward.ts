import { TOPIC_ROOT } from './topics.ts'

type Field = 'at' | 'version' | 'until' | undefined

/** The field of a retained packet that only grows, by the third level of its topic. */
const FIELDS: Record<string, Field> = {
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

/** A poll's version is a position in the log of all ballots, and some changes. No log has a trillion of them. */
const VERSION_MAX = 2 ** 40
/**
 * A version that grows by more in `LEAP_MS` may be a mistake. More than a log has, not than a poll gets: a poll's first vote takes
 * its version from nothing to where the log is, and nothing older must become its value then.
 */
const LEAP = 10_000_000_000
/** After this long without a version at or above it, it was one. */
const LEAP_MS = 60_000

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

function fieldOf(topic: string): Field {
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

/**
 * What a retained message is to a holder of its topic's value. `ahead`: its time lies in the future, so it comes from a wrong
 * clock; or its version is impossible.
 */
export type News = 'new' | 'repeated' | 'older' | 'ahead'

/** The recent growth of a topic's version. */
export interface Climb {
  /** The last version that nothing speaks against, and when it was taken. */
  from: number
  fromMs: number
  /** When the newest one was taken. */
  newestMs: number
}

/** What is kept of a retained value to compare the next one with. */
export interface Known {
  /** Absent: removed, or never present. */
  payload: Uint8Array | undefined
  /** Of the newest value ever seen. */
  place: number | undefined
  /** How its version got there, if that is known. */
  climb?: Climb | undefined
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
 *
 * A version has no clock to compare it with. After a leap that nothing has continued for a while, a version that continues from
 * before the leap is new: otherwise one wrong packet would block its topic for good.
 * @param now Milliseconds since 1970, by the clock of this process.
 */
export function newsIn(
  topic: string,
  payload: Uint8Array,
  known: Known,
  now: number,
): { news: News; place: number | undefined; run?: number; climb?: Climb | undefined } {
  const unchanged = (news: News) => ({ news, place: known.place, climb: known.climb })
  const removes = payload.length === 0
  if (removes && known.payload === undefined) return unchanged('repeated')
  if (known.payload !== undefined && equal(known.payload, payload)) return unchanged('repeated')
  if (removes) return unchanged('new')
  const { place, run } = standingOf(topic, payload)
  const field = fieldOf(topic)
  if (place !== undefined && isBeyond(place, field, known, now)) return unchanged('ahead')
  const isOlder =
    isOver(topic, run, known.showRun) ||
    (place !== undefined &&
      known.place !== undefined &&
      !isMistaken(known, field, place, now) &&
      (place < known.place || (place === known.place && known.isRemoved === true)))
  if (isOlder) return unchanged('older')
  const climb = field === 'version' && place !== undefined ? climbTo(place, known, now) : undefined
  return { news: 'new', place: place ?? known.place, run, climb: climb ?? known.climb }
}

/** Whether a packet cannot be right. */
const isBeyond = (place: number, field: Field, known: Known, now: number): boolean =>
  field === 'version' ? place > VERSION_MAX : field === 'at' && isTooFar(place, known.place, now)

/** Whether the next packet shows that the known one was not right. */
const isMistaken = (known: Known, field: Field, next: number, now: number): boolean =>
  field === 'version'
    ? continuesBeforeLeap(next, known, now)
    : field === 'at' && isTooFar(known.place, next, now)

/** A leap is not forgotten: what was before it may still continue. */
function climbTo(version: number, { place = version, climb }: Known, now: number): Climb {
  const steady = { from: Math.min(place, version), fromMs: now, newestMs: now }
  if (climb === undefined || version < place) return steady
  const isSteady = place - climb.from <= LEAP && now - climb.fromMs >= LEAP_MS
  return isSteady ? steady : { ...climb, newestMs: now }
}

/** Whether the known version came by a leap that nothing has continued, and this one continues what was before. */
const continuesBeforeLeap = (version: number, { place, climb }: Known, now: number): boolean =>
  place !== undefined &&
  climb !== undefined &&
  place - climb.from > LEAP &&
  now - climb.newestMs >= LEAP_MS &&
  version > climb.from

/** Whether a time is far ahead of the clock while another one of its topic is not, so that it is not the clock that is wrong. */
const isTooFar = (time: number | undefined, other: number | undefined, now: number): boolean =>
  time !== undefined && other !== undefined && time - now > AHEAD_MS && Math.abs(now - other) <= NEAR_MS

function equal(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
