import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { Feed, type Moderation } from '../../engine/feed.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import type { FeedPacket } from '../../protocol/packets.ts'
import { type PostRecord, posts } from '../../protocol/records/posts.ts'
import { filedUnder } from '../../protocol/runs.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { type RecordReader, readRecords } from '../reader/reader.ts'
import type { Health } from '../supervision/supervisor.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { WaitingTraces } from '../tracing/waiting-traces.ts'

/** Posts that are known again when the log has them twice, of some 100 bytes each. Beyond it the oldest are forgotten. */
const KNOWN_MAX = 20_000

interface FeedsOptions {
  log: Log
  clock: Clock
  logger: Logger
  health: Health
  tracing: Tracing
  windowMs: number
  /** Uniform in [0, 1): which posts are shown when there are too many. */
  random: () => number
  /** Posts of shows that are not known are dropped, and those of runs that were wiped. */
  directory: Pick<ShowDirectory, 'has' | 'filed' | 'isWiped'>
  publish: (show: string, packet: FeedPacket) => void
  /** Gets the posts that are for a room: no feed has them. */
  toRoom: (post: PostRecord & { room: string }) => void
}

/** Makes the shows' feeds of the posts in the log. They need no store, so they go on without one. */
export class Feeds {
  readonly #options: FeedsOptions
  /** By what their shows are filed as. */
  readonly #feeds = new Map<string, Feed>()
  /** By show and id. Kept on standby: the second may come when this process is active again. */
  readonly #known = new RecentMap<string, true>(KNOWN_MAX)
  /** Of posts whose packet is still to come, by what their shows are filed as. */
  readonly #traces = new Map<string, WaitingTraces>()
  readonly counters = { posts: 0, feeds: 0 }
  #reader: RecordReader | undefined

  constructor(options: FeedsOptions) {
    this.#options = options
  }

  /** Reads posts from now on, if it does not yet. */
  start(): void {
    const { log, logger, health, clock, directory, toRoom } = this.#options
    this.#reader ??= readRecords({
      log,
      codec: posts,
      group: 'deliver',
      // The feed is a sample: better that a crash leaves a post out than that a change of the active process counts it twice.
      once: (batch) => {
        for (const { value, record } of batch) {
          const { show, room, channel: _, ...post } = value
          // A run that is not known yet waits for its show's document.
          if (!directory.has(filedUnder(show).show) || directory.isWiped(show)) continue
          if (!this.#isNew(`${show}/${post.id}`)) continue
          if (room !== undefined) {
            toRoom({ ...value, room })
            continue
          }
          this.#feedOf(show).add(post, clock.now())
          if (record.trace !== undefined) this.#tracesOf(show).add(record.trace, clock.now())
          this.counters.posts++
        }
      },
      health,
      logger,
    })
  }

  #isNew(post: string): boolean {
    const isNew = this.#known.get(post) === undefined
    this.#known.set(post, true)
    return isNew
  }

  /** What was removed of a show leaves every screen with the next packet, and what was released is in its feed again. */
  followModeration(name: string): void {
    const moderation = this.#moderationOf(name)
    const { removedPosts = [], releasedPosts = [] } = moderation
    if (removedPosts.length + releasedPosts.length > 0 || this.#feeds.has(name))
      this.#feedOf(name).moderate(moderation)
  }

  /** A run of a show begins: what was posted before leaves every screen, whether or not anybody posts again. */
  begin(name: string): void {
    this.#feedOf(name)
  }

  /** What moderators decided of the posts of a show's current run. */
  #moderationOf(name: string): Moderation {
    return this.#options.directory.filed(name)?.show ?? {}
  }

  #feedOf(name: string): Feed {
    const known = this.#feeds.get(name)
    if (known !== undefined) return known
    const feed = new Feed(this.#options)
    if (filedUnder(name).run > 1) feed.clear()
    feed.moderate(this.#moderationOf(name))
    this.#feeds.set(name, feed)
    return feed
  }

  #tracesOf(name: string): WaitingTraces {
    const known = this.#traces.get(name)
    if (known !== undefined) return known
    const traces = new WaitingTraces()
    this.#traces.set(name, traces)
    return traces
  }

  /** Publishes the posts of the window that ends now. */
  publish(): void {
    const { clock, windowMs, publish, directory, tracing } = this.#options
    for (const [name, feed] of this.#feeds) {
      if (directory.isWiped(name)) {
        this.#feeds.delete(name)
        this.#traces.delete(name)
      }
      const view = directory.filed(name)
      if (view === undefined) continue
      const packet = feed.takePacket(clock.now(), windowMs)
      if (packet === undefined) continue
      this.counters.feeds++
      const span = this.#traces.get(name)?.begin(tracing, 'publish feed')
      publish(view.show.show, packet)
      span?.end()
      this.#traces.delete(name)
    }
  }

  /** Reads no more, and forgets what was not shown. */
  async stop(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    await reader?.close()
    if (this.#reader !== undefined) return
    this.#feeds.clear()
    this.#traces.clear()
  }

  /** Reads all that the log of this process holds, publishes it, then stops. */
  async drain(): Promise<void> {
    await this.#reader?.close()
    this.publish()
    await this.stop()
  }
}
