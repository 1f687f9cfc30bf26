import type { Key } from '../words/words.ts'

/** The message for the author, by error code. */
export const failureKey = (code: string): Key => FAILURES[code] ?? 'postFailed'

const FAILURES: Record<string, Key> = {
  guests_not_allowed: 'postGuests',
  muted: 'postMuted',
  posts_off: 'postsOff',
  show_ended: 'showEnded',
  text_off: 'textOff',
  text_refused: 'textRefused',
  too_many_requests: 'postQuick',
}
