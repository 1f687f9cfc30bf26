import * as v from 'valibot'
import { RECORDING_MS_MAX, RECORDING_VERSION, type RecordingLine } from '../../protocol/recording.ts'
import { parseToml } from '../../settings/toml.ts'
import { LoadError } from '../find-show.ts'
import { fault, type Recording, recordingOf } from './recording.ts'

const STEP_MS = 1000
const SECONDS_MAX = RECORDING_MS_MAX / 1000

const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(SECONDS_MAX))
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0))
const weights = v.pipe(v.record(v.string(), positive), v.minEntries(1))
/** An activity with a duration: from, until, and its rate per second. */
const SPAN = { from: seconds, until: seconds, rate: positive }

/** A show as a person writes it down; times in seconds. */
const SCRIPT = v.strictObject({
  title: v.string(),
  taps: v.optional(
    v.array(v.strictObject({ ...SPAN, stickers: weights, segments: v.exactOptional(weights) })),
    [],
  ),
  posts: v.optional(
    v.array(
      v.strictObject({
        ...SPAN,
        stickers: v.exactOptional(v.pipe(v.array(v.string()), v.minLength(1))),
        texts: v.exactOptional(v.pipe(v.array(v.string()), v.minLength(1))),
      }),
    ),
    [],
  ),
  polls: v.optional(
    v.array(
      v.strictObject({
        poll: v.string(),
        question: v.string(),
        choices: v.record(v.string(), v.string()),
        opens: seconds,
        closes: seconds,
        votes: v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))),
      }),
    ),
    [],
  ),
})
type Script = v.InferOutput<typeof SCRIPT>

/** Reads a script in TOML as the recording of a made-up show. @throws LoadError, one sentence */
export function readScript(text: string): Recording {
  let document: unknown
  try {
    document = parseToml(text)
  } catch (cause) {
    throw new LoadError(`the script cannot be read: ${(cause as Error).message}`, { cause })
  }
  return scriptOf(document)
}

/** The recording that a script describes. @throws LoadError */
export function scriptOf(document: unknown): Recording {
  const read = v.safeParse(SCRIPT, document)
  if (!read.success) throw new LoadError(`the script: ${fault(read.issues[0])}`)
  return recordingOf(linesOf(read.output))
}

const linesOf = ({ title, taps, posts, polls }: Script): RecordingLine[] => [
  { line: 'recording', version: RECORDING_VERSION, title },
  ...taps.flatMap(tapLines),
  ...posts.flatMap(postLines),
  ...polls.flatMap(pollLines),
]

function tapLines({
  from,
  until,
  rate,
  stickers,
  segments = { '': 1 },
}: Script['taps'][number]): RecordingLine[] {
  const pairs = shares(segments).flatMap(([segment, share]) =>
    shares(stickers).map(([sticker, part]) => ({ segment, sticker, share: share * part, sent: 0 })),
  )
  return steps(from, until).flatMap(({ at, ms, elapsedS }) =>
    pairs.flatMap((pair) => {
      // The cumulative count is rounded at the end of each step, so that the sum is right at the end.
      const count = Math.round(rate * elapsedS * pair.share) - pair.sent
      pair.sent += count
      const { segment, sticker } = pair
      return count > 0 ? [{ line: 'taps' as const, at, ms, segment, sticker, count }] : []
    }),
  )
}

function steps(from: number, until: number): { at: number; ms: number; elapsedS: number }[] {
  if (until <= from) throw new LoadError(`the script: until is ${until}, which is not after from, ${from}`)
  return Array.from({ length: Math.ceil(until - from) }, (_, i) => {
    const elapsedS = Math.min(i + 1, until - from)
    const at = Math.round((from + i) * STEP_MS)
    return { at, ms: Math.max(1, Math.round((from + elapsedS) * STEP_MS) - at), elapsedS }
  })
}

function shares(weights: Record<string, number>): [string, number][] {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0)
  return Object.entries(weights).map(([id, weight]) => [id, weight / sum])
}

function postLines({ from, until, rate, stickers, texts }: Script['posts'][number]): RecordingLine[] {
  if (stickers === undefined && texts === undefined)
    throw new LoadError('the script: posts need stickers, texts or both')
  return Array.from({ length: Math.round((until - from) * rate) }, (_, i) => ({
    line: 'post',
    at: Math.round((from + i / rate) * STEP_MS),
    ...(stickers !== undefined && { sticker: stickers[i % stickers.length]! }),
    ...(texts !== undefined && { text: texts[i % texts.length]! }),
  }))
}

const pollLines = ({
  poll,
  question,
  choices,
  opens,
  closes,
  votes,
}: Script['polls'][number]): RecordingLine[] => [
  {
    ...{ line: 'poll', at: opens * STEP_MS, closes: closes * STEP_MS, poll, question, kind: 'one', max: 1 },
    choices: Object.entries(choices).map(([choice, title]) => ({ choice, title })),
  },
  ...Object.entries(votes)
    .filter(([, count]) => count > 0)
    .map(([choice, count]) => ({ line: 'votes' as const, poll, segment: '', choice, count })),
]
