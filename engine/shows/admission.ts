import { RoarError } from '../../protocol/errors.ts'
import { SLOW_FEED_MS } from '../../protocol/limits.ts'
import { type Show, showStateOf } from '../../protocol/show.ts'
import { DEFAULT_RULES, DEFAULT_SWITCHES } from './life.ts'

/** Viewers send to a show until it ends, also before it begins. @throws RoarError show_ended */
export function refuseEnded(show: Show, now: number): void {
  if (showStateOf(show, now) === 'ended') throw new RoarError('show_ended', 'the show has ended')
}

/** Whether this viewer may post now. @throws RoarError show_ended, posts_off, guests_not_allowed */
export function refusePost(show: Show, { guest, now }: { guest: boolean; now: number }): void {
  refuseEnded(show, now)
  const { posts, guests } = show.rules ?? DEFAULT_RULES
  const switches = show.switches ?? DEFAULT_SWITCHES
  if (!posts || switches.posts === 'off') throw new RoarError('posts_off', 'posts are switched off')
  if (guest && !guests) throw new RoarError('guests_not_allowed', 'this show takes signed-in viewers only')
}

/** The least time between two posts of one viewer, in milliseconds. 0: none. */
export function postEveryMs({ rules = DEFAULT_RULES, switches = DEFAULT_SWITCHES }: Show): number {
  return switches.feed === 'slow' ? Math.max(rules.postEveryMs, SLOW_FEED_MS) : rules.postEveryMs
}
