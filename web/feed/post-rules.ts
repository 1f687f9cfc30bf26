import type { Key } from '../words/words.ts'

/** What to tell whoever posted, by the code of the refusal. */
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
