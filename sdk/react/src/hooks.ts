import type { EarlierPosts, PollPacket, Post, Roar, ShowDocument, Status } from '@roar/client'
import { useEffect, useMemo, useState } from 'react'
import { type FeedTail, followFeed, NO_POSTS, shownOf, withEarlier } from '../../../protocol/feed-tail.ts'
import { type Mood, newestOf } from './newest.ts'
import { useRead } from './use-read.ts'

const CONNECTING: Status = { state: 'connecting' }
/** Posts that a feed keeps by default. */
const POSTS_MAX = 50

/** The connection's status. */
export const useStatus = (roar: Roar | undefined): Status =>
  useRead(roar, 'status', (roar) => roar.status()) ?? CONNECTING

/** The show document, once known and whenever it changes. */
export const useShow = (roar: Roar | undefined): ShowDocument | undefined =>
  useRead(roar, 'show', (roar) => roar.show())

/** The newest mood of the show, or of one of its segments: the client's own, or one in its `topics`. */
export const useMood = (roar: Roar | undefined, segment?: string): Mood | undefined =>
  useRead(roar, segment === undefined ? 'mood' : 'segment', (roar) => {
    const { mood, segments } = newestOf(roar)
    return segment === undefined ? mood : segments.get(segment)
  })

/** A poll's state, and its counts if visible. */
export const usePoll = (roar: Roar | undefined, poll: string): PollPacket | undefined =>
  useRead(roar, 'poll', (roar) => newestOf(roar).polls.get(poll))

/**
 * The newest posts, oldest first, without removed ones; a released one returns to its place. It begins with the newest 50 of
 * before, and after a time without a connection it asks for those again.
 * @param options.max How many are kept; default 50.
 */
export function useFeed(roar: Roar | undefined, { max = POSTS_MAX } = {}): readonly Post[] {
  const [followed, setFollowed] = useState({ roar, max, tail: NO_POSTS })

  useEffect(() => {
    const ended = new AbortController()
    const { signal } = ended
    const change = (next: (before: FeedTail) => FeedTail) => {
      if (!signal.aborted) setFollowed(({ tail }) => ({ roar, max, tail: next(tail) }))
    }
    const load = ({ over }: Status) => {
      const take = (earlier: EarlierPosts) => change((before) => withEarlier(before, earlier, max))
      // Without an answer it goes on with the next packet.
      if (over) roar?.feed().then(take, () => {})
    }
    change(() => NO_POSTS)
    roar?.on('feed', (packet) => change((before) => followFeed(before, packet, max)), { signal })
    roar?.on('status', load, { signal })
    if (roar) load(roar.status())
    return () => ended.abort()
  }, [roar, max])

  const tail = followed.roar === roar && followed.max === max ? followed.tail : NO_POSTS
  return useMemo(() => shownOf(tail), [tail])
}
