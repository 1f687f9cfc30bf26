import { RoarError } from '../../protocol/errors.ts'
import { DOCUMENT_BYTES_MAX, PREPARED_BYTES_MAX } from '../../protocol/limits.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control, isPoll } from '../../protocol/records/control.ts'
import type { Show } from '../../protocol/show.ts'

/**
 * Holds a document to what every role can be told, before it is kept: what the store has and nobody can read would be half a
 * change, and be there again at each start. Of a show what is prepared is held to less, so that what the night writes always fits.
 * @param before The show that it replaces: one that was let in when more was allowed may stay as it is, and become less.
 * @throws RoarError bad_request, of a poll bad_poll
 */
export function checkTellable(document: Show | Poll, before?: Show): void {
  const fault = faultOf(document, before)
  if (fault !== undefined) throw new RoarError(isPoll(document) ? 'bad_poll' : 'bad_request', fault)
}

/** Whether every role can be told of the show, as `checkTellable` has it. */
export const isTellable = (show: Show, before: Show): boolean => faultOf(show, before) === undefined

function faultOf(document: Show | Poll, before: Show | undefined): string | undefined {
  const { value } = control.encode(document)
  const read = control.decode(value)
  if (typeof read === 'string') return read
  const large = tooLarge(value.byteLength, DOCUMENT_BYTES_MAX)
  return large ?? (isPoll(document) ? undefined : unprepared(document, before))
}

const tooLarge = (bytes: number, bytesMax: number): string | undefined =>
  bytes > bytesMax
    ? `it has ${bytes} bytes, and ${bytesMax} at most: it has too many words and addresses`
    : undefined

function unprepared(show: Show, before: Show | undefined): string | undefined {
  const bytes = preparedBytes(show)
  const isLess = before !== undefined && bytes <= preparedBytes(before)
  return isLess ? undefined : tooLarge(bytes, PREPARED_BYTES_MAX)
}

/** How long the document is without what is done on the night, by producers, moderators and the clock. */
function preparedBytes(show: Show): number {
  const { created, started, ended, archived, run, version: _, switches, removed, ...rest } = show
  const { removedPosts, releasedPosts, muted, wordLists, pinned, ...prepared } = rest
  return control.encode({ ...prepared, version: 0 }).value.byteLength
}
