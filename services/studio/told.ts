import { RoarError } from '../../protocol/errors.ts'
import { DOCUMENT_BYTES_MAX } from '../../protocol/limits.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control, isPoll } from '../../protocol/records/control.ts'
import type { Show } from '../../protocol/show.ts'

/**
 * Holds a document to what every role can be told, before it is kept: what the store has and nobody can read would be half a
 * change, and be there again at each start.
 * @throws RoarError bad_request, of a poll bad_poll
 */
export function checkTellable(document: Show | Poll): void {
  const { value } = control.encode(document)
  const read = control.decode(value)
  const fault =
    value.byteLength > DOCUMENT_BYTES_MAX
      ? `it has ${value.byteLength} bytes, and ${DOCUMENT_BYTES_MAX} at most: it has too many words and addresses`
      : typeof read === 'string'
        ? read
        : undefined
  if (fault !== undefined) throw new RoarError(isPoll(document) ? 'bad_poll' : 'bad_request', fault)
}
