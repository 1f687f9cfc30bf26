import type { MoodPacket, PollPacket, Post, Roar, ShowDocument, Status } from '@roar/client'
import { type FeedTail, followFeed, shownOf } from '../../../protocol/feed-tail.ts'
import { useEvent } from './use-event.ts'

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
 * The newest posts, oldest first, without removed ones; a released one returns to its place.
 * @param options.max How many are kept; default 50.
 */
export const useFeed = (roar: Roar | undefined, { max = POSTS_MAX } = {}): readonly Post[] =>
  useEvent(roar, 'feed', {
    first: (): { tail: FeedTail; posts: readonly Post[] } => EMPTY,
    fold({ tail }, packet) {
      const next = followFeed(tail, packet, max)
      return { tail: next, posts: shownOf(next) }
    },
  }).posts

const EMPTY = { tail: [], posts: [] }

/** A poll's state, and its counts if visible. */
export const usePoll = (roar: Roar | undefined, poll: string): PollPacket | undefined =>
  useEvent(roar, 'poll', {
    first: (): PollPacket | undefined => undefined,
    fold: (before, packet) => (packet.poll === poll ? packet : before),
    key: poll,
  })
