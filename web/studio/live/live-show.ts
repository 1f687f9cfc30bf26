import type { MoodPacket, PollPacket, Post } from '../../../protocol/packets.ts'
import { connect, type Status } from '../../../sdk/src/index.ts'
import { SERVER } from '../api/address.ts'
import { withPosts } from './live-posts.ts'
import { Rate } from './rate.ts'

/** What a producer sees of a running show: what viewers see, counted. */
export interface LiveShow {
  status: Status
  /** The newest window. */
  mood: MoodPacket | undefined
  reactionsPerSecond: number
  votesPerSecond: number
  postsPerSecond: number
  /** Newest first. */
  posts: readonly Post[]
  /** About how many watch now; undefined until an edge has reported. */
  watching: number | undefined
  /** The newest packet of each poll, by id. */
  polls: Readonly<Record<string, PollPacket>>
}

export interface LiveConnection {
  /** The same object until something changes. */
  current(): LiveShow
  subscribe(changed: () => void): () => void
  close(): void
}

const RATE_SPAN_MS = 3_000
/** Longer, as vote packets are further apart. */
const VOTES_SPAN_MS = 5_000
/** Rates also fall when no packet arrives. */
const TICK_MS = 1_000

/**
 * Subscribes to a show as its viewers do. @param changed Called when its document or one of its polls changed, whoever did it:
 * the screens' data is then stale.
 */
export function connectLive(show: string, changed: () => void): LiveConnection {
  const roar = connect({ url: SERVER.href, show, topics: ['mood', 'feed', 'show', 'viewers', 'polls/+'] })
  const reactions = new Rate(RATE_SPAN_MS)
  const votes = new Rate(VOTES_SPAN_MS)
  const posted = new Rate(RATE_SPAN_MS)
  const listeners = new Set<() => void>()
  let live: LiveShow = {
    status: roar.status(),
    mood: undefined,
    reactionsPerSecond: 0,
    votesPerSecond: 0,
    postsPerSecond: 0,
    posts: [],
    watching: undefined,
    polls: {},
  }
  const set = (news: Partial<LiveShow>) => {
    const now = performance.now()
    live = {
      ...live,
      reactionsPerSecond: reactions.perSecond(now),
      votesPerSecond: votes.perSecond(now),
      postsPerSecond: posted.perSecond(now),
      ...news,
    }
    for (const told of listeners) told()
  }
  roar.on('status', (status) => set({ status }))
  roar.on('mood', (mood) => {
    reactions.add(mood.n, performance.now())
    set({ mood })
  })
  roar.on('viewers', ({ viewers }) => set({ watching: viewers }))
  roar.on('feed', (packet) => {
    posted.add(packet.n, performance.now())
    set({ posts: withPosts(live.posts, packet) })
  })
  roar.on('poll', (packet) => {
    const before = live.polls[packet.poll]
    if (before) votes.add(Math.max(0, packet.ballots - before.ballots), performance.now())
    set({ polls: { ...live.polls, [packet.poll]: packet } })
    if (before?.state !== packet.state) changed()
  })
  roar.on('show', changed)
  const ticking = setInterval(() => set({}), TICK_MS)
  return {
    current: () => live,
    subscribe(told) {
      listeners.add(told)
      return () => listeners.delete(told)
    },
    close() {
      clearInterval(ticking)
      roar.close()
    },
  }
}
