import { unnamedWhere } from '../../../protocol/feed-tail.ts'
import { DELAY_MS_MAX, REMOVED_POSTS_MAX } from '../../../protocol/limits.ts'
import type { FeedPacket, Post } from '../../../protocol/packets.ts'
import { ServerClock } from '../../../protocol/server-clock.ts'
import type { ShowDocument } from '../../../protocol/show.ts'
import type { Roar, RoarEvents } from '../connect.ts'
import { createListeners } from '../listeners.ts'
import { ownPlatform, type Platform } from '../platform.ts'
import { FEED, type Held, HoldBack } from './hold-back.ts'
import { answered, type Player, programmeTime } from './programme-time.ts'

export interface InStepOptions {
  /** The player. Default: none, and `delayMs` is the delay. */
  player?: Player
  /**
   * The delay while the player has no programme time, in milliseconds; a function is called each time. Capped at `DELAY_MS_MAX`.
   * Default: unknown, and nothing is held.
   */
  delayMs?: number | (() => number | undefined)
}

/** How often it is checked whether the picture has caught up, while anything is held: less than a window. */
const STEP_MS = 100
/** Own posts recognised on arrival, the newest. */
const OWN_MAX = 100

/**
 * A client whose moods, feed and polls are delayed until this viewer's picture has caught up: no spoilers. The viewer's own
 * posts, removals by moderators, the status and everything else come at once.
 *
 * `open` creates the client with the delay to report to the server: `inStep({ player }, (delayMs) => connect({ url, show, delayMs
 * }))`. Nothing is held for more than `DELAY_MS_MAX` (two minutes): a viewer further behind learns what the picture has yet to
 * show. The amount held is bounded, see `HoldBack`.
 */
export function inStep(
  { player, delayMs: given }: InStepOptions,
  open: (delayMs: () => number | undefined) => Roar,
  platform: Platform = ownPlatform(),
): Roar {
  const { after, now } = platform
  const startedAt = Date.now() - now()
  const ownNow = () => startedAt + now()
  const clock = new ServerClock()
  const held = new HoldBack()
  const own = new Set<string>()
  const removed = new Set<string>()
  const closing = new AbortController()
  // The client's own error: a reader compares its class.
  const listeners = createListeners<RoarEvents>(closing.signal, () => closing.signal.reason)
  let closed = false
  let cancelStep: (() => void) | undefined
  let newestShow: ShowDocument | undefined
  let shown: ShowDocument | undefined

  const givenMs = () => answered(() => (typeof given === 'function' ? given() : given))

  function delayMs(): number | undefined {
    const at = programmeTime(player)
    const ms = at === undefined ? givenMs() : clock.now(ownNow()) - at
    return ms === undefined ? undefined : Math.round(Math.min(Math.max(ms, 0), DELAY_MS_MAX))
  }

  const roar = open(delayMs)

  function emit<Name extends keyof RoarEvents>(name: Name, event: RoarEvents[Name]): void {
    if (!closed) listeners.emit(name, event)
  }

  function hold(topic: string, event: unknown, until: number, ageMs = 0): void {
    held.push({ topic, event, until, since: now() - ageMs })
    step()
  }

  /** Releases what is due, and checks again in a moment while anything is held. */
  function step(): void {
    cancelStep?.()
    const at = programmeTime(player)
    const wait = Math.min(givenMs() ?? 0, DELAY_MS_MAX)
    const isDue = ({ until, since }: Held) => {
      const waited = now() - since
      return waited >= DELAY_MS_MAX || (at === undefined ? waited >= wait : at >= until)
    }
    for (const { topic, event } of held.take(isDue)) {
      if (topic === FEED) letGo(event as FeedPacket)
      else if (topic === 'show') showPolls(event as ShowDocument['polls'])
      else emit(nameOf(topic), event as never)
    }
    cancelStep = held.size > 0 ? after(STEP_MS, step) : undefined
  }

  function letGo({ posts, ...packet }: FeedPacket): void {
    const left = posts.filter(({ id }) => !removed.has(id))
    emit('feed', { ...packet, posts: left.map((post) => unnamedWhere(removed, post)) })
  }

  function onFeed(whole: FeedPacket): void {
    const { removed: taken, released, cleared, ...packet } = whole
    if (cleared) held.clear(FEED)
    for (const id of taken ?? []) remember(removed, id, REMOVED_POSTS_MAX)
    for (const id of released ?? []) removed.delete(id)
    if (taken || released || cleared) emit('feed', { ...whole, n: 0, posts: [] })
    const others = withoutOwn(packet)
    if (others.n > 0) hold(FEED, others, packet.at + packet.ms)
  }

  /** Releases the viewer's own posts at once. Returns the rest. */
  function withoutOwn(packet: FeedPacket): FeedPacket {
    const mine = packet.posts.filter(({ id }) => own.has(id))
    if (mine.length === 0) return packet
    letGo({ ...packet, n: mine.length, posts: mine })
    const posts = packet.posts.filter(({ id }) => !own.has(id))
    return { ...packet, n: packet.n - mine.length, posts }
  }

  /** The document comes at once except for its polls, which stay as before until the picture has caught up. */
  function onShow(document: ShowDocument): void {
    const before = newestShow
    newestShow = document
    showPolls(shown?.polls ?? document.polls)
    if (before !== undefined && JSON.stringify(before.polls) !== JSON.stringify(document.polls))
      hold('show', document.polls, clock.now(ownNow()))
  }

  function showPolls(polls: ShowDocument['polls']): void {
    shown = { ...newestShow!, polls }
    emit('show', shown)
  }

  roar.on('mood', (mood) => {
    clock.packet(mood, ownNow())
    hold('mood', mood, mood.at + mood.ms)
  })
  roar.on('segment', (mood) => hold(`segment/${mood.segment}`, mood, mood.at + mood.ms))
  roar.on('poll', (packet) => hold(`poll/${packet.poll}`, packet, clock.now(ownNow())))
  roar.on('feed', onFeed)
  roar.on('show', onShow)
  roar.on('status', ({ state }) => {
    if (state === 'waiting') clock.reconnected()
    if (state !== 'closed') return
    closed = true
    cancelStep?.()
    held.clear()
    void roar.once('status').catch((reason) => closing.abort(reason))
  })

  const heard = (name: keyof RoarEvents) => (HELD.has(name) ? listeners : roar)

  return {
    ...roar,
    on: (name, ...rest) => heard(name).on(name, ...rest),
    once: (name, ...rest) => heard(name).once(name, ...rest),
    async feed() {
      const earlier = await roar.feed()
      // What is held may have been removed while there was no connection.
      for (const id of earlier.removed) remember(removed, id, REMOVED_POSTS_MAX)
      const behindMs = delayMs() ?? 0
      const ageMs = ({ at }: Post) => Math.max(0, clock.now(ownNow()) - at)
      const isDue = (post: Post) => closed || own.has(post.id) || ageMs(post) >= behindMs
      for (const post of earlier.posts.filter((post) => !isDue(post)))
        hold(FEED, { at: post.at, ms: 0, n: 1, posts: [post] }, post.at, ageMs(post))
      return { ...earlier, posts: earlier.posts.filter(isDue) }
    },
    async post(content, options) {
      const answer = await roar.post(content, options)
      remember(own, answer.post.id, OWN_MAX)
      held.changeFeed(withoutOwn)
      return answer
    },
    async ready() {
      const document = await roar.ready()
      return shown ?? document
    },
    show: () => shown,
  }
}

/** The events that wait for the picture. */
const HELD = new Set<keyof RoarEvents>(['mood', 'segment', 'feed', 'poll', 'show'])

const nameOf = (topic: string) => topic.split('/')[0] as 'mood' | 'segment' | 'poll'

/** Beyond its bound the oldest are forgotten. */
function remember(ids: Set<string>, id: string, max: number): void {
  ids.add(id)
  if (ids.size > max) ids.delete(ids.values().next().value!)
}
