import { faultOf, fits, pick } from './fault.ts'
import { type Field, type Grammar, type GrammarOf, optional, whole } from './grammar.ts'
import { isPlain } from './plain.ts'

/**
 * The log's topics: `reactions` holds slices, `counts` cells, `posts` posts, `held` posts that wait for a moderator, `control`
 * producers' decisions, `ballots` ballots, `sightings` signs of vote farms, `cuts` the order of several partitions, `tallies`
 * counts of ballots, `rooms` membership, `room-moments` taps in rooms, `dead-letters` unreadable records of the others.
 */
export type LogTopic =
  | 'reactions'
  | 'counts'
  | 'posts'
  | 'held'
  | 'control'
  | 'ballots'
  | 'sightings'
  | 'cuts'
  | 'tallies'
  | 'rooms'
  | 'room-moments'
  | 'dead-letters'

/** The format version that this program writes, in the field `v`, and the newest that it reads. Absent in a record: 1. */
export const RECORD_VERSION = 1

/**
 * The largest record that is read, in bytes: larger than any slice. A larger one is its writer's fault and is dead-lettered
 * without being parsed.
 */
export const RECORD_BYTES_MAX = 4_194_304

export const VERSION: Field = {
  ...optional(whole(1, RECORD_VERSION)),
  is: `a version up to ${RECORD_VERSION}`,
}

/** Why bytes are no valid record of any topic, in the order of the checks. */
export const RECORD_FAULTS = {
  size: `longer than ${RECORD_BYTES_MAX} bytes`,
  text: 'not UTF-8',
  plain: 'not plain JSON',
  json: 'not a JSON object',
  version: `v is not ${VERSION.is}`,
} as const

/** How the records of one topic are keyed, written and read: only this knows their bytes. */
export interface RecordCodec<Value extends object> {
  readonly topic: LogTopic
  /** The record for a log to append. Key `null`: any partition. */
  encode(value: Value): { key: string | null; value: Uint8Array }
  /** The value, or the reason for a dead letter. Never throws, whatever the bytes. */
  decode(bytes: Uint8Array): Value | string
}

const utf8 = new TextEncoder()
// A byte order mark is not JSON: without `ignoreBOM` it would be dropped silently here and refused elsewhere.
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A codec for a topic whose records all have one type. */
export function codecOf<Value extends object>({
  topic,
  grammar,
  keyOf,
}: {
  topic: LogTopic
  grammar: GrammarOf<Value>
  keyOf: (value: Value) => string | null
}): RecordCodec<Value> {
  return {
    topic,
    encode: (value) => ({ key: keyOf(value), value: encodeAs(grammar, value) }),
    decode(bytes) {
      const fields = objectIn(bytes, grammar)
      return typeof fields === 'string' ? fields : read<Value>(grammar, fields)
    },
  }
}

/** Encodes a value: its version, then the fields in the grammar's order, so that every writer writes the same bytes. */
export const encodeAs = (grammar: Grammar, value: object): Uint8Array =>
  utf8.encode(JSON.stringify(pick(value, grammar, { v: RECORD_VERSION })))

/** Reads an object by its grammar: the value, or why it is invalid. */
export const read = <Value extends object>(
  grammar: GrammarOf<Value>,
  fields: Record<string, unknown>,
): Value | string => faultOf(fields, grammar) ?? (pick(fields, grammar) as Value)

/** Parses a record of a known version: its object, or why it is invalid. */
export function objectIn(
  bytes: Uint8Array,
  { plain }: Pick<Grammar, 'plain'> = {},
): Record<string, unknown> | string {
  if (bytes.byteLength > RECORD_BYTES_MAX) return RECORD_FAULTS.size
  let json: string
  try {
    json = text.decode(bytes)
  } catch {
    // The decoder's own message says no more.
    return RECORD_FAULTS.text
  }
  if (plain && !isPlain(json)) return RECORD_FAULTS.plain
  const value = parse(json)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return RECORD_FAULTS.json
  const fields = value as Record<string, unknown>
  return fits(fields.v, VERSION) ? fields : RECORD_FAULTS.version
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // The caller gives the reason: where the parser failed does not help the reader of a dead letter.
    return undefined
  }
}
