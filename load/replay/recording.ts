import * as v from 'valibot'
import {
  type PollLine,
  type PostLine,
  RECORDING_LINES_MAX,
  type RecordingLine,
  type TapsLine,
  type VotesLine,
} from '../../protocol/recording.ts'
import { RecordingLineSchema } from '../../services/shows/recording-line.ts'
import { LoadError } from '../find-show.ts'

/** A recording; each part is sorted, oldest first. */
export interface Recording {
  title: string
  /** Its length at recorded speed. */
  ms: number
  taps: TapsLine[]
  posts: PostLine[]
  polls: PollLine[]
  votes: VotesLine[]
}

/** Reads NDJSON. @throws LoadError, one sentence with the line number */
export function readRecording(text: string): Recording {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return recordingOf(lines.map((line, i) => parse(line, `line ${i + 1}`)))
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new LoadError(`${place} of the recording is not JSON`)
  }
}

/** The field, if the issue has one, and what is wrong with it. */
export function fault(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue)
  return field === null ? issue.message : `${field}: ${issue.message}`
}

/** Validates and sorts lines. @throws LoadError */
export function recordingOf(given: readonly unknown[]): Recording {
  if (given.length > RECORDING_LINES_MAX)
    throw new LoadError(`the recording has more than ${RECORDING_LINES_MAX} lines`)
  const lines = given.map((line, i) => {
    const read = v.safeParse(RecordingLineSchema, line)
    if (read.success) return read.output
    throw new LoadError(`line ${i + 1} of the recording: ${fault(read.issues[0])}`)
  })
  const [head] = lines
  if (head?.line !== 'recording')
    throw new LoadError(`not a recording: its first line is not {"line":"recording","version":1,…}`)
  const of = <Line extends RecordingLine['line']>(line: Line) =>
    lines.filter((each): each is Extract<RecordingLine, { line: Line }> => each.line === line)
  const [taps, posts, polls] = [of('taps'), of('post'), of('poll')]
  for (const part of [taps, posts, polls]) part.sort((a, b) => a.at - b.at)
  const ends = [0, ...polls.map(({ closes }) => closes)]
  if (taps.length > 0) ends.push(taps.at(-1)!.at + taps.at(-1)!.ms)
  if (posts.length > 0) ends.push(posts.at(-1)!.at)
  return { title: head.title, ms: Math.max(...ends), taps, posts, polls, votes: checked(of('votes'), polls) }
}

function checked(votes: VotesLine[], polls: PollLine[]): VotesLine[] {
  for (const { poll, closes, at } of polls)
    if (closes <= at) throw new LoadError(`the poll ${poll} closes before it opens`)
  for (const { poll, choice } of votes)
    if (!polls.some((each) => each.poll === poll && each.choices.some((one) => one.choice === choice)))
      throw new LoadError(`there are votes for ${choice} in ${poll}, but no poll has this choice`)
  return votes
}
