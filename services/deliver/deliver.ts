import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log, LogReader, StoredRecord } from '../../adapters/log/log.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { Store } from '../../adapters/store/store.ts'
import { Feed } from '../../engine/feed.ts'
import { Scoreboard } from '../../engine/scoreboard.ts'
import type { Cell } from '../../protocol/cell.ts'
import type { SegmentMood } from '../../protocol/counts.ts'
import { encodeMood, type ShowPacket } from '../../protocol/packets.ts'
import { feedTopic, moodTopic, showTopic } from '../../protocol/topics.ts'
import type { ShowDirectory, ShowView } from '../directory/directory.ts'
import type { PostRecord } from '../ingest/posts.ts'

export interface DeliverCounters {
  cells: number
  /** Reactions that reached a scoreboard since the start. */
  reactions: number
  moods: number
  posts: number
  feeds: number
  /** Times that the counts could not be written to the store; they stay in memory and are written with the next. */
  storeFailures: number
}

export interface Deliver {
  counters: DeliverCounters
  /** Settles once every show's counts are restored and published. */
  ready: Promise<void>
  /** Publishes what was counted so far, writes it to the store, then stops. */
  drain(): Promise<void>
}

/** What this role keeps of one show. */
interface Desk {
  board: Scoreboard
  feed: Feed
  /** Newest version of the cells that came; the packet's window is the one that it falls into. */
  version: number
}

/**
 * Turns cells into mood packets and posts into the feed: one packet a window, for the show and for each segment.
 *
 * ```
 * cells of version v ──▶ board ──▶ v is in a new window: packet of the window that ended before it
 * timer, half a window later ────▶ the empty packet that says: silence
 *                                  written to the store first, published then: a total never falls over a restart
 * ```
 */
export function startDeliver(options: {
  log: Log
  store: Store
  pubsub: PubSub
  directory: ShowDirectory
  clock: Clock
  logger: Logger
  /** The packets' rhythm in milliseconds. */
  windowMs: number
  /** Uniform in [0, 1): which posts are shown when there are too many. */
  random?: () => number
}): Deliver {
  const { log, store, pubsub, directory, clock, logger, windowMs, random = Math.random } = options
  const counters: DeliverCounters = { cells: 0, reactions: 0, moods: 0, posts: 0, feeds: 0, storeFailures: 0 }
  const desks = new Map<string, Promise<Desk>>()
  const bytes = new TextEncoder()
  const text = new TextDecoder()
  const readers: LogReader[] = []
  let cancelTick = () => {}
  let turn: Promise<unknown> = Promise.resolve()

  /** Boards change in one place at a time: what reads them waits for its turn. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  const windowStart = (ms: number): number => ms - (ms % windowMs)

  function deskOf(show: string, segments: readonly string[] = []): Promise<Desk> {
    let desk = desks.get(show)
    if (desk === undefined) {
      desk = store.counts(show).then((state) => ({
        board: new Scoreboard({ segments, state }),
        feed: new Feed({ random }),
        version: 0,
      }))
      desks.set(show, desk)
    }
    return desk
  }

  async function followShow({ show }: ShowView): Promise<void> {
    const segments = show.segments.map(({ segment }) => segment)
    const desk = await deskOf(show.show, segments)
    desk.board.setSegments(segments)
    publishMoods(show.show, desk.board.newest())
    const packet: ShowPacket = { version: show.version }
    pubsub.publish({
      topic: showTopic(show.show),
      payload: bytes.encode(JSON.stringify(packet)),
      retain: true,
    })
  }

  async function takeCells(batch: StoredRecord[]): Promise<void> {
    const changed = new Set<string>()
    for (const { value } of batch) {
      const cell = JSON.parse(text.decode(value)) as Cell
      const desk = await deskOf(cell.show)
      counters.cells++
      counters.reactions += desk.board.apply(cell)
      desk.version = Math.max(desk.version, cell.version)
      changed.add(cell.show)
    }
    for (const show of changed) {
      const desk = await deskOf(show)
      await deliver(show, desk, windowStart(desk.version))
    }
  }

  async function takePosts(batch: StoredRecord[]): Promise<void> {
    for (const { value } of batch) {
      const { show, ...post } = JSON.parse(text.decode(value)) as PostRecord
      const { feed } = await deskOf(show)
      feed.add(post, clock.now())
      counters.posts++
    }
  }

  /** The packets of the window that ended at `endMs`, if it has any that are new. */
  async function deliver(show: string, { board }: Desk, endMs: number): Promise<void> {
    const moods = board.takePackets(endMs, windowMs)
    if (moods.length === 0) return
    const changes = board.takeChanges()
    try {
      await store.saveCounts(show, changes)
    } catch (cause) {
      // Viewers come first: they see the counts, and the next packet writes these rows too.
      board.keepChanges(changes)
      counters.storeFailures++
      logger.error({ err: cause, show }, 'counts could not be written; the next packet tries again')
    }
    publishMoods(show, moods)
  }

  function publishMoods(show: string, moods: SegmentMood[]): void {
    counters.moods += moods.length
    for (const { segment, packet } of moods) {
      pubsub.publish({
        topic: moodTopic(show, segment),
        payload: bytes.encode(encodeMood(packet)),
        retain: true,
      })
    }
  }

  function publishFeed(show: string, feed: Feed, endMs: number): void {
    const packet = feed.takePacket(endMs, windowMs)
    if (packet === undefined) return
    counters.feeds++
    pubsub.publish({ topic: feedTopic(show), payload: bytes.encode(JSON.stringify(packet)), retain: false })
  }

  /** Every half window: the feed at once, and at the odd ones the silence after the last reaction. */
  async function tick(): Promise<void> {
    const now = clock.now()
    for (const [show, opening] of desks) {
      const desk = await opening
      publishFeed(show, desk.feed, now)
      if (now - windowStart(now) >= windowMs / 2) await deliver(show, desk, windowStart(now))
    }
  }

  function scheduleTick(): void {
    const half = windowMs / 2
    cancelTick = clock.after(half - (clock.now() % half), () => {
      scheduleTick()
      inTurn(tick).catch((cause) => logger.error({ err: cause }, 'a packet could not be delivered'))
    })
  }

  async function start(): Promise<void> {
    const opening: Promise<void>[] = []
    directory.follow((view) => {
      opening.push(inTurn(() => followShow(view)))
    })
    await Promise.all(opening)
    const onFault = (cause: unknown) => logger.fatal({ err: cause }, 'delivery stopped')
    readers.push(
      log.consume('counts', (batch) => inTurn(() => takeCells(batch)), { group: 'deliver', onFault }),
      log.consume('posts', (batch) => inTurn(() => takePosts(batch)), { group: 'deliver', onFault }),
    )
    scheduleTick()
  }

  return {
    counters,
    ready: start(),
    async drain() {
      cancelTick()
      await Promise.all(readers.map((reader) => reader.close()))
      await inTurn(async () => {
        for (const [show, opening] of desks) {
          const desk = await opening
          publishFeed(show, desk.feed, clock.now())
          // The window is not over, but nothing more comes: its packet leaves now, under the start it would have had.
          await deliver(show, desk, windowStart(Math.max(clock.now(), desk.version)) + windowMs)
        }
      })
    },
  }
}
