import { RoarError } from '../../protocol/errors.ts'
import { DOCUMENT_BYTES_MAX, PREPARED_BYTES_MAX } from '../../protocol/limits.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control, isPoll } from '../../protocol/records/control.ts'
import type { Show } from '../../protocol/show.ts'

/**
 * Checks that a document can be announced to every role before it is stored: a stored document that nobody can read would be half
 * a change, and return at each start. For a show, what is prepared in advance has a lower limit, so that what is written during
 * the show always fits.
 * @param before The show that it replaces: one accepted under an earlier limit may stay as it is, or shrink.
 * @throws RoarError bad_request, for a poll bad_poll
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

/** The document's size without what producers, moderators and the clock write during the show. */
function preparedBytes(show: Show): number {
  const { created, started, ended, archived, run, version: _, switches, removed, ...rest } = show
  const { removedPosts, releasedPosts, muted, wordLists, pinned, ...prepared } = rest
  return control.encode({ ...prepared, version: 0 }).value.byteLength
}
