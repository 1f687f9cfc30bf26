import { memo, useState } from 'react'
import { muteOf } from '../../../engine/shows/moderation.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { useNow } from '../ui/now.ts'
import { Outcome } from '../ui/outcome.tsx'
import { StickerPicture } from '../ui/sticker-picture.tsx'
import { clockWithSeconds } from '../ui/words.ts'
import { type HeldPost, useHeld } from './held-query.ts'
import { MuteButton } from './mute-button.tsx'

/** Recent decisions under the list, so that mistakes are noticed at once. */
const DECIDED_SHOWN = 5

/** Posts held for a moderator, oldest first; under them the latest decisions, to undo them. */
export function HeldPanel({ show }: { show: StudioShow }) {
  const { data, error } = useHeld(show.show)
  const now = useNow()
  const [isOpen, setOpen] = useState(false)
  const { posts = [], decided = [], dropped = 0 } = data ?? {}
  const rowOf = (post: HeldPost) => (
    <HeldRow key={post.id} post={post} show={show} isMuted={muteOf(show, post.viewer, now) !== undefined} />
  )
  return (
    <section className="panel held" aria-label="Waiting for a moderator">
      <header className="panel-head">
        <h2>Waiting for a moderator</h2>
        <span className="muted figure">{posts.length}</span>
      </header>
      <Fault cause={error} />
      {posts.length === 0 && <p className="empty">No post waits.</p>}
      {posts.length > 0 && <ol className="posts">{posts.map(rowOf)}</ol>}
      {dropped > 0 && <p className="muted">{dropped} gave way to newer ones and were never shown.</p>}
      {decided.length > 0 && (
        <Button size="small" look="bare" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide what was decided' : 'What was decided last'}
        </Button>
      )}
      {isOpen && <ol className="posts">{decided.slice(0, DECIDED_SHOWN).map(rowOf)}</ol>}
    </section>
  )
}

/** One post and the possible decisions; the other button undoes one. */
const HeldRow = memo(function HeldRow({
  post,
  show,
  isMuted,
}: {
  post: HeldPost
  show: StudioShow
  isMuted: boolean
}) {
  const path = `v1/studio/shows/${show.show}/posts/${post.id}`
  const decide = useChange(
    (decision: 'release' | 'remove') =>
      decision === 'release' ? call(`${path}/release`, { method: 'POST' }) : call(path, { method: 'DELETE' }),
    [KEYS.show(show.show)],
  )
  const sticker = show.stickers.find((known) => known.sticker === post.sticker)
  // A released post is in the feed: its removal there counts as well.
  const isGone = post.decided === 'removed' || (show.removedPosts?.includes(post.id) ?? false)
  const isShown = post.decided === 'released' && !isGone
  return (
    <li className="post" data-removed={isGone}>
      <span className="post-sticker" aria-hidden="true">
        {sticker && <StickerPicture sticker={sticker} />}
      </span>
      <div className="post-words">
        <span className="post-name">
          <bdi>{post.name}</bdi> <time className="muted figure">{clockWithSeconds(post.at)}</time>
          {post.entry !== undefined && (
            <span className="chip">
              word: <bdi>{post.entry}</bdi>
            </span>
          )}
          {isShown && <span className="chip good">shown</span>}
        </span>
        <span className="post-text" dir="auto">
          {post.text}
        </span>
        <Outcome of={decide} />
      </div>
      <div className="post-acts">
        {!isShown && (
          <Button
            size="small"
            aria-label={`Show the post of ${post.name}`}
            isPending={decide.isPending && decide.variables === 'release'}
            onPress={() => decide.mutate('release')}
          >
            Show
          </Button>
        )}
        {!isGone && (
          <Button
            size="small"
            aria-label={`Remove the post of ${post.name}`}
            isPending={decide.isPending && decide.variables === 'remove'}
            onPress={() => decide.mutate('remove')}
          >
            Remove
          </Button>
        )}
        {post.decided === undefined && (
          <MuteButton show={show.show} viewer={post.viewer} name={post.name} isMuted={isMuted} />
        )}
      </div>
    </li>
  )
})
