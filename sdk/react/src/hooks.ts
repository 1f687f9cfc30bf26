import type { EarlierPosts, MoodPacket, PollPacket, Post, Roar, ShowDocument, Status } from '@roar/client'
import { useMemo } from 'react'
import { followFeed, NO_POSTS, shownOf, withEarlier } from '../../../protocol/feed-tail.ts'
import { useEvent, useFollowing } from './use-following.ts'

const CONNECTING: Status = { state: 'connecting' }
/** Posts that a feed keeps by default. */
const POSTS_MAX = 50

/** The connection's status. */
export const useStatus = (roar: Roar | undefined): Status =>
  useEvent(roar, 'status', { first: () => roar?.status() ?? CONNECTING, fold: (_, status) => status })

/** The show document, once known and whenever it changes. */
export const useShow = (roar: Roar | undefined): ShowDocument | undefined =>
  useEvent(roar, 'show', { first: () => roar?.show(), fold: (_, show) => show })

/** The mood of the window just closed. `estimated`: the total is an estimate, because some of it was sampled. */
export type Mood = MoodPacket & { estimated: boolean }

const moodOf = (before: Mood | undefined, mood: MoodPacket): Mood => ({
  ...mood,
  estimated: mood.sample !== undefined || before?.estimated === true,
})

/** The newest mood of the show, or of one of its segments: the client's own, or one in its `topics`. */
export function useMood(roar: Roar | undefined, segment?: string): Mood | undefined {
  const whole = useEvent(roar, 'mood', { first: (): Mood | undefined => undefined, fold: moodOf })
  const part = useEvent(roar, 'segment', {
    first: (): Mood | undefined => undefined,
    fold: (before, { segment: of, ...mood }) => (of === segment ? moodOf(before, mood) : before),
    key: segment ?? '',
  })
  return segment === undefined ? whole : part
}

/**
 * The newest posts, oldest first, without removed ones; a released one returns to its place. It begins with the newest 50 of
 * before, and after a time without a connection it asks for those again.
 * @param options.max How many are kept; default 50.
 */
export function useFeed(roar: Roar | undefined, { max = POSTS_MAX } = {}): readonly Post[] {
  const tail = useFollowing(roar, {
    key: `${max}`,
    first: () => NO_POSTS,
    follow(roar, change, signal) {
      const load = ({ over }: Status) => {
        const take = (earlier: EarlierPosts) => change((before) => withEarlier(before, earlier, max))
        // Without an answer it goes on with the next packet.
        if (over) roar.feed().then(take, () => {})
      }
      roar.on('feed', (packet) => change((before) => followFeed(before, packet, max)), { signal })
      roar.on('status', load, { signal })
      load(roar.status())
    },
  })
  return useMemo(() => shownOf(tail), [tail])
}

/** A poll's state, and its counts if visible. */
export const usePoll = (roar: Roar | undefined, poll: string): PollPacket | undefined =>
  useEvent(roar, 'poll', {
    first: (): PollPacket | undefined => undefined,
    fold: (before, packet) => (packet.poll === poll ? packet : before),
    key: poll,
  })
