import { SLOW_FEED_MS } from '../../protocol/limits.ts'
import type { ShowDocument } from '../../sdk/src/index.ts'
import type { Key } from '../words/words.ts'

/** The least time between two posts of one viewer, as the server keeps it, in milliseconds. 0: none. */
export const postEveryMs = ({ rules, switches }: Pick<ShowDocument, 'rules' | 'switches'>): number =>
  Math.max(rules?.postEveryMs ?? 0, switches?.feed === 'slow' ? SLOW_FEED_MS : 0)

/** What to tell whoever posted, by the code of the refusal. */
export const failureKey = (code: string): Key => FAILURES[code] ?? 'postFailed'

const FAILURES: Record<string, Key> = {
  guests_not_allowed: 'postGuests',
  muted: 'postMuted',
  posts_off: 'postsOff',
  show_ended: 'showEnded',
  text_off: 'textOff',
  too_many_requests: 'postQuick',
}
