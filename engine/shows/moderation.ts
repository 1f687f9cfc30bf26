import { RoarError } from '../../protocol/errors.ts'
import { MUTED_MAX, RELEASED_POSTS_MAX, REMOVED_POSTS_MAX } from '../../protocol/limits.ts'
import type { Mute, Pinned, Show } from '../../protocol/show.ts'
import { refuseArchived } from './life.ts'

/**
 * Names a post as removed, and pins it no more. One that is named already changes nothing; the oldest are forgotten, on no
 * screen any more.
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
 * Takes a removal back, and names the post as released: who looks at the feed from now on sees it again, while it is among
 * the newest. That it is removed no longer would not say so: the oldest of many removed are only forgotten.
 */
export function releasePost(show: Show, post: string): Show {
  return show.removedPosts?.includes(post) ? showPost(show, post) : show
}

/** Names a post as released that was held, or that was removed. One that is named already changes nothing. */
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
 * Mutes a viewer for a time, or for the show. Never shortens what was decided before; mutes that are over are forgotten.
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

/** Takes a mute back. Where there is none nothing changes. */
export function unmuteViewer(show: Show, viewer: string, now: number): Show {
  if (muteOf(show, viewer, now) === undefined) return show
  const others = show.muted!.filter((mute) => mute.viewer !== viewer && isOn(mute, now))
  return { ...show, muted: others, version: show.version + 1 }
}

/** The viewer's mute, while it is on. */
export const muteOf = ({ muted }: Show, viewer: string, now: number): Mute | undefined =>
  muted?.find((mute) => mute.viewer === viewer && isOn(mute, now))

const isOn = ({ until }: Mute, now: number): boolean => until === undefined || until > now

/** Puts a post, or a text, at the top of the feed in the place of what stands there. @throws RoarError wrong_state for an archived show */
export function pin(show: Show, pinned: Pinned): Show {
  refuseArchived(show)
  return { ...show, pinned, version: show.version + 1 }
}

/** Takes away what is pinned. Where nothing is nothing changes. */
export function unpin(show: Show): Show {
  const { pinned, ...rest } = show
  return pinned === undefined ? show : { ...rest, version: show.version + 1 }
}

/** Whether nothing but moderation is between a version and the one right after it. */
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
