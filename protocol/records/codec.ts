import { faultOf, fits, pick } from './fault.ts'
import { type Field, type Grammar, type GrammarOf, optional, whole } from './grammar.ts'
import { isPlain } from './plain.ts'

/**
 * The log's topics: `reactions` holds slices, `counts` cells, `posts` posts, `held` those that wait for a moderator, `control` what producers decide, `ballots`
 * ballots, `sightings` what speaks against them, `cuts` the order of several partitions, `tallies` their counts, `rooms` who
 * is in which, `room-moments` what their members tap, `dead-letters` records of the others that are none.
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

/** The form of records that this version writes, their field `v`, and the newest that it reads. Absent in a record: 1. */
export const RECORD_VERSION = 1

/**
 * The largest record that is read, in bytes: more than the largest slice has. A larger one is a fault of its writer and
 * goes to the dead letters without being parsed.
 */
export const RECORD_BYTES_MAX = 4_194_304

export const VERSION: Field = {
  ...optional(whole(1, RECORD_VERSION)),
  is: `a version up to ${RECORD_VERSION}`,
}

/** Why bytes are no record of any topic, in the order in which it is found out. */
export const RECORD_FAULTS = {
  size: `longer than ${RECORD_BYTES_MAX} bytes`,
  text: 'not UTF-8',
  plain: 'not plain JSON',
  json: 'not a JSON object',
  version: `v is not ${VERSION.is}`,
} as const

/** How the records of one topic are keyed, written and read: nothing else knows their bytes. */
export interface RecordCodec<Value extends object> {
  readonly topic: LogTopic
  /** The record as a log appends it. Key `null`: any partition. */
  encode(value: Value): { key: string | null; value: Uint8Array }
  /** The value, or why the record is none: words for the dead letter. Never throws, whatever the bytes. */
  decode(bytes: Uint8Array): Value | string
}

const utf8 = new TextEncoder()
// A byte order mark is no part of JSON: without `ignoreBOM` it would be dropped in silence here and refused elsewhere.
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A codec of records that are of one type. */
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

/** The bytes of a value: its version, then the fields in the order of the grammar, so that every writer writes the same. */
export const encodeAs = (grammar: Grammar, value: object): Uint8Array =>
  utf8.encode(JSON.stringify(pick(value, grammar, { v: RECORD_VERSION })))

/** The value that an object is by its grammar, or why it is none. */
export const read = <Value extends object>(
  grammar: GrammarOf<Value>,
  fields: Record<string, unknown>,
): Value | string => faultOf(fields, grammar) ?? (pick(fields, grammar) as Value)

/** The object that a record is, of a version that is known here, or why it is none. */
export function objectIn(
  bytes: Uint8Array,
  { plain }: Pick<Grammar, 'plain'> = {},
): Record<string, unknown> | string {
  if (bytes.byteLength > RECORD_BYTES_MAX) return RECORD_FAULTS.size
  let json: string
  try {
    json = text.decode(bytes)
  } catch {
    // The decoder says no more than this.
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
    // The caller says that it is none: what the parser stumbled over first is no help to whoever reads the dead letter.
    return undefined
  }
}
