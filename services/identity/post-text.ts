import { RoarError } from '../../protocol/errors.ts'
import { BODY_BYTES_MAX, POST_TEXT_MAX, POST_TEXT_UNITS_MAX } from '../../protocol/limits.ts'
import { cleanText, graphemesIn } from './clean-text.ts'

/**
 * A text as the feed shows it, see `cleanText`; empty if nothing of it is visible.
 * @throws RoarError bad_request for one of more than `POST_TEXT_MAX` characters, or of very many code points each
 */
export function postText(given = ''): string {
  const cleaned = cleanText(given, { graphemesMax: POST_TEXT_MAX + 1, unitsMax: BODY_BYTES_MAX })
  if (graphemesIn(cleaned) > POST_TEXT_MAX)
    throw new RoarError('bad_request', `text is longer than ${POST_TEXT_MAX} characters`)
  if (cleaned.length > POST_TEXT_UNITS_MAX)
    throw new RoarError('bad_request', `text is longer than ${POST_TEXT_UNITS_MAX} UTF-16 code units`)
  return cleaned
}
