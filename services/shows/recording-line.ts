import * as v from 'valibot'
import { CHOICES_MAX, POINTS_MAX, POST_TEXT_UNITS_MAX, QUESTION_LENGTH_MAX } from '../../protocol/limits.ts'
import {
  RECORDED_COUNT_MAX,
  RECORDING_MS_MAX,
  RECORDING_VERSION,
  type RecordingLine,
} from '../../protocol/recording.ts'
import { component, id, text, whole } from '../http/call/schemas.ts'

const segment = v.pipe(
  text,
  v.regex(/^([a-z0-9][a-z0-9-]{0,31})?$/, 'is not an id or empty'),
  v.description('Empty: of no segment'),
)
const at = v.pipe(whole(0, RECORDING_MS_MAX), v.description('Milliseconds since the recording begins'))
const words = v.pipe(
  text,
  v.maxLength(QUESTION_LENGTH_MAX, `is longer than ${QUESTION_LENGTH_MAX} characters`),
)
const recorded = whole(1, RECORDED_COUNT_MAX)

/** A line of a recording, for writing and for reading. */
export const RecordingLineSchema = component<RecordingLine>()(
  'RecordingLine',
  v.variant('line', [
    v.object({ line: v.literal('recording'), version: v.literal(RECORDING_VERSION), title: words }),
    v.object({
      ...{ line: v.literal('taps'), at, ms: whole(1, RECORDING_MS_MAX) },
      ...{ segment, sticker: id, count: recorded },
    }),
    v.object({
      ...{ line: v.literal('post'), at },
      sticker: v.exactOptional(id),
      text: v.exactOptional(v.pipe(text, v.maxLength(POST_TEXT_UNITS_MAX))),
    }),
    v.object({
      ...{ line: v.literal('poll'), at, closes: at, poll: id, question: words },
      choices: v.pipe(
        v.array(v.object({ choice: id, title: words, image: v.exactOptional(text) })),
        v.minLength(2, 'has less than 2 entries'),
        v.maxLength(CHOICES_MAX, `has more than ${CHOICES_MAX} entries`),
      ),
      ...{ kind: v.picklist(['one', 'several', 'points']), max: whole(1, POINTS_MAX) },
    }),
    v.object({
      ...{ line: v.literal('votes'), poll: id, segment },
      ...{ choice: id, count: recorded },
    }),
  ]),
)
