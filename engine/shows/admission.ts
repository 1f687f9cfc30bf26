import { RoarError } from '../../protocol/errors.ts'
import { type Show, showStateOf } from '../../protocol/show.ts'
import { DEFAULT_RULES, DEFAULT_SWITCHES } from './life.ts'
import { muteOf } from './moderation.ts'

/** A show accepts taps, also before it begins, until it ends. @throws RoarError show_ended */
export function refuseEnded(show: Show, now: number): void {
  if (showStateOf(show, now) === 'ended') throw new RoarError('show_ended', 'the show has ended')
}

/**
 * Refuses a post that this viewer may not make now. `viewer` is the keyed hash that posts carry.
 * @throws RoarError show_ended, posts_off, text_off, guests_not_allowed, muted
 */
export function refusePost(
  show: Show,
  { guest, viewer, hasText, now }: { guest: boolean; viewer: string; hasText: boolean; now: number },
): void {
  refuseEnded(show, now)
  const { posts, guests, text } = show.rules ?? DEFAULT_RULES
  const switches = show.switches ?? DEFAULT_SWITCHES
  if (!posts || switches.posts === 'off') throw new RoarError('posts_off', 'posts are switched off')
  if (guest && !guests) throw new RoarError('guests_not_allowed', 'this show is for signed-in viewers only')
  const mute = muteOf(show, viewer, now)
  if (mute?.until !== undefined)
    throw new RoarError('muted', `muted until ${new Date(mute.until).toISOString()}`)
  if (mute !== undefined) throw new RoarError('muted', 'muted for this show')
  if (hasText && (!text || switches.text === 'off')) throw new RoarError('text_off', 'texts are switched off')
}
