import { codecOf, type LogTopic } from './codec.ts'
import { type GrammarOf, oneOf, text, whole } from './grammar.ts'

/** How many bytes of the record a dead letter keeps: a record may be as large as a log allows, and base64 is larger still. */
export const DEAD_LETTER_BYTES_MAX = 65_536

/** An unreadable record, kept for people: its place, the reason, and its first bytes. */
export interface DeadLetter {
  topic: LogTopic
  partition: number
  offset: number
  reason: string
  /** The record's value in base64, cut after `DEAD_LETTER_BYTES_MAX` bytes. */
  value: string
}

export const DEAD_LETTER: GrammarOf<DeadLetter> = {
  fields: {
    topic: oneOf('reactions', 'counts', 'posts', 'control', 'ballots', 'tallies', 'room-moments'),
    partition: whole(0),
    offset: whole(0),
    reason: text(280),
    value: text(Math.ceil(DEAD_LETTER_BYTES_MAX / 3) * 4),
  },
}

/** Topic `dead-letters`, keyed by the record's place: a repeated letter has the same key. */
export const deadLetters = codecOf<DeadLetter>({
  topic: 'dead-letters',
  grammar: DEAD_LETTER,
  keyOf: ({ topic, partition, offset }) => `${topic}/${partition}/${offset}`,
})

/** The letter about a record. */
export const deadLetterOf = (
  topic: LogTopic,
  { partition, offset, value }: { partition: number; offset: number; value: Uint8Array },
  reason: string,
): DeadLetter => ({
  topic,
  partition,
  offset,
  reason,
  value: value.subarray(0, DEAD_LETTER_BYTES_MAX).toBase64(),
})
