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

/** Posts recognised when the log repeats them, of some 100 bytes each. Beyond it the oldest are forgotten. */
const KNOWN_MAX = 20_000

interface FeedsOptions {
  log: Log
  clock: Clock
  logger: Logger
  health: Health
  tracing: Tracing
  windowMs: number
  /** Uniform in [0, 1): selects the posts shown when there are too many. */
  random: () => number
  /** Posts of unknown shows and of wiped runs are dropped. */
  directory: Pick<ShowDirectory, 'has' | 'filed' | 'isWiped'>
  publish: (show: string, packet: FeedPacket) => void
  /** Receives posts for rooms, which are in no feed. */
  toRoom: (post: PostRecord & { room: string }) => void
}

/** Makes the shows' feeds from the posts in the log. They need no store, so they continue without one. */
export class Feeds {
  readonly #options: FeedsOptions
  /** By filed name of the show. */
  readonly #feeds = new Map<string, Feed>()
  /** By show and id. Kept on standby: the repeat may come when this process is active again. */
  readonly #known = new RecentMap<string, true>(KNOWN_MAX)
  /** Traces of posts whose packet is not published yet, by filed name of the show. */
  readonly #traces = new Map<string, WaitingTraces>()
  readonly counters = { posts: 0, feeds: 0 }
  #reader: RecordReader | undefined

  constructor(options: FeedsOptions) {
    this.#options = options
  }

  /** Starts to read posts, if it does not yet. */
  start(): void {
    const { log, logger, health, clock, directory, toRoom } = this.#options
    this.#reader ??= readRecords({
      log,
      codec: posts,
      group: 'deliver',
      // The feed is a sample: losing a post in a crash is better than counting it twice after a failover.
      once: (batch) => {
        for (const { value, record } of batch) {
          const { show, room, channel: _, ...post } = value
          // Posts of a run that is not known yet wait for its show's document.
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

  /** The next packet removes a show's removed posts from every screen, and shows released ones again. */
  followModeration(name: string): void {
    const moderation = this.#moderationOf(name)
    const { removedPosts = [], releasedPosts = [] } = moderation
    if (removedPosts.length + releasedPosts.length > 0 || this.#feeds.has(name))
      this.#feedOf(name).moderate(moderation)
  }

  /** A new run begins: earlier posts leave every screen, even if nobody posts again. */
  begin(name: string): void {
    this.#feedOf(name)
  }

  /** Moderators' decisions about the posts of a show's current run. */
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

  /** Stops reading, and drops posts that were not published. */
  async stop(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    await reader?.close()
    if (this.#reader !== undefined) return
    // What is read no more is in no trouble.
    this.#options.health.working()
    this.#feeds.clear()
    this.#traces.clear()
  }

  /** Publishes everything in this process's log, then stops. */
  async drain(): Promise<void> {
    await this.#reader?.close()
    this.publish()
    await this.stop()
  }
}
