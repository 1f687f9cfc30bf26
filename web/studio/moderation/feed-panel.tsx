import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { muteOf } from '../../../engine/shows/moderation.ts'
import type { EarlierPosts, Post } from '../../../protocol/packets.ts'
import { call } from '../api/call.ts'
import type { StudioShow } from '../api/queries.ts'
import { withPosts } from '../live/live-posts.ts'
import { useLivePart } from '../live/live-provider.tsx'
import { Button } from '../ui/button.tsx'
import { useNow } from '../ui/now.ts'
import { PinnedStrip } from './pinned-strip.tsx'
import { PostRow } from './post-row.tsx'

/** Posts on the screen: nobody reads further down. */
const SHOWN_MAX = 100

/**
 * The feed, newest first, each post with a moderator's actions. It stands still while somebody reads or is about to press: a list
 * that moves under a finger removes the wrong post.
 */
export function FeedPanel({ show }: { show: StudioShow }) {
  const live = useLivePart(({ posts }) => posts)
  const perSecond = useLivePart(({ postsPerSecond }) => Math.round(postsPerSecond * 10) / 10)
  const now = useNow()
  const before = useEarlierPosts(show)
  const [held, setHeld] = useState<readonly Post[] | undefined>()
  const list = useRef<HTMLOListElement>(null)
  const newest = withPosts(live, { posts: before })
  const shown = (held ?? newest).slice(0, SHOWN_MAX)
  const waiting = held === undefined ? 0 : newest.filter(({ at }) => at > (held[0]?.at ?? 0)).length
  const hold = () => setHeld((known) => known ?? (newest.length > 0 ? newest : undefined))
  const release = () => {
    const node = list.current
    if (
      node === null ||
      node.scrollTop > 0 ||
      node.matches(':hover') ||
      node.contains(document.activeElement)
    )
      return
    setHeld(undefined)
  }
  return (
    <section className="panel feed" aria-label="Feed">
      <header className="panel-head">
        <h2>Feed</h2>
        <span className="muted figure">{perSecond} a second</span>
        <span className="gap" />
        {waiting > 0 && (
          <Button
            size="small"
            onPress={() => {
              list.current?.scrollTo(0, 0)
              setHeld(undefined)
            }}
          >
            {waiting} new
          </Button>
        )}
      </header>
      <PinnedStrip show={show} />
      {shown.length === 0 && <p className="empty">No posts yet.</p>}
      <ol
        ref={list}
        className="posts"
        onMouseEnter={hold}
        onFocus={hold}
        onMouseLeave={release}
        onBlur={() => requestAnimationFrame(release)}
        onScroll={({ currentTarget }) => (currentTarget.scrollTop > 0 ? hold() : release())}
      >
        {shown.map((post) => (
          <PostRow
            key={post.id}
            post={post}
            show={show}
            isMuted={muteOf(show, post.viewer, now) !== undefined}
          />
        ))}
      </ol>
    </section>
  )
}

/** Posts from before this screen was opened, and from while it had no connection. */
function useEarlierPosts({ show, run }: StudioShow): readonly Post[] {
  const over = useLivePart(({ status }) => status.over)
  const { data, refetch } = useQuery({
    queryKey: ['feed', show, run],
    queryFn: ({ signal }) => call<EarlierPosts>(`v1/shows/${show}/feed`, { signal }),
    refetchInterval: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  useEffect(() => {
    if (over) void refetch()
  }, [over, refetch])
  return data?.posts ?? []
}
