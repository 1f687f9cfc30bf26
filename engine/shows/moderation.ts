import { RoarError } from '../../protocol/errors.ts'
import { MUTED_MAX, RELEASED_POSTS_MAX, REMOVED_POSTS_MAX } from '../../protocol/limits.ts'
import type { Mute, Pinned, Show } from '../../protocol/show.ts'
import { refuseArchived } from './life.ts'

/**
 * Lists a post as removed, and unpins it. One that is listed already changes nothing; the oldest are dropped from the list, as no
 * screen shows them any more.
 */
export function removePost(show: Show, post: string): Show {
  const { removedPosts = [], releasedPosts = [] } = show
  if (removedPosts.includes(post)) return show
  const { pinned, ...rest } = show
  return {
    ...rest,
    ...(pinned !== undefined && pinned.id !== post && { pinned }),
    removedPosts: [...removedPosts, post].slice(-REMOVED_POSTS_MAX),
    ...(releasedPosts.length > 0 && { releasedPosts: releasedPosts.filter((id) => id !== post) }),
    version: show.version + 1,
  }
}

/**
 * Reverses a removal, and lists the post as released: from then on readers see it again, while it is among the newest. Leaving it
 * out of the removed ones would not say so: the oldest removals are dropped, too.
 */
export function releasePost(show: Show, post: string): Show {
  return show.removedPosts?.includes(post) ? showPost(show, post) : show
}

/** Lists a post that was held or removed as released. One that is listed already changes nothing. */
export function showPost(show: Show, post: string): Show {
  const { removedPosts = [], releasedPosts = [] } = show
  if (releasedPosts.includes(post)) return show
  return {
    ...show,
    removedPosts: removedPosts.filter((id) => id !== post),
    releasedPosts: [...releasedPosts, post].slice(-RELEASED_POSTS_MAX),
    version: show.version + 1,
  }
}

/**
 * Mutes a viewer for a time, or for the whole show. Never shortens an earlier mute; drops mutes that are over.
 * @throws RoarError bad_request where `MUTED_MAX` others are muted, wrong_state for an archived show
 */
export function muteViewer(show: Show, { viewer, until }: Mute, now: number): Show {
  const known = muteOf(show, viewer, now)
  if (known !== undefined && (known.until ?? Infinity) >= (until ?? Infinity)) return show
  refuseArchived(show)
  const others = (show.muted ?? []).filter((mute) => mute.viewer !== viewer && isOn(mute, now))
  if (others.length >= MUTED_MAX)
    throw new RoarError('bad_request', `${MUTED_MAX} viewers are already muted: switch posts off instead`)
  const mute = until === undefined ? { viewer } : { viewer, until }
  return { ...show, muted: [...others, mute], version: show.version + 1 }
}

/** Ends a mute; without one nothing changes. */
export function unmuteViewer(show: Show, viewer: string, now: number): Show {
  if (muteOf(show, viewer, now) === undefined) return show
  const others = show.muted!.filter((mute) => mute.viewer !== viewer && isOn(mute, now))
  return { ...show, muted: others, version: show.version + 1 }
}

/** The viewer's mute, while in force. */
export const muteOf = ({ muted }: Show, viewer: string, now: number): Mute | undefined =>
  muted?.find((mute) => mute.viewer === viewer && isOn(mute, now))

const isOn = ({ until }: Mute, now: number): boolean => until === undefined || until > now

/**
 * Pins a post, or a text, at the top of the feed, in place of the present one. @throws RoarError wrong_state for an archived show
 */
export function pin(show: Show, pinned: Pinned): Show {
  refuseArchived(show)
  return { ...show, pinned, version: show.version + 1 }
}

/** Unpins; if nothing is pinned nothing changes. */
export function unpin(show: Show): Show {
  const { pinned, ...rest } = show
  return pinned === undefined ? show : { ...rest, version: show.version + 1 }
}

/** Whether a version differs from the one before only in moderation. */
export const isModeration = (before: Show, after: Show): boolean =>
  after.version === before.version + 1 &&
  JSON.stringify(moderationOf(before)) !== JSON.stringify(moderationOf(after)) &&
  JSON.stringify(restOf(before)) === JSON.stringify(restOf(after))

const moderationOf = ({ removedPosts, releasedPosts, muted, wordLists }: Show) => ({
  removedPosts,
  releasedPosts,
  muted,
  wordLists,
})
function restOf({ removedPosts: _, releasedPosts: __, muted: ___, wordLists: ____, ...kept }: Show) {
  const { version: _____, ...rest } = kept
  return rest
}
