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
import { cells as cellRecords } from '../../protocol/records/cells.ts'
import type { RecordCodec } from '../../protocol/records/codec.ts'
import { posts as postRecords } from '../../protocol/records/posts.ts'
import { feedTopic, moodTopic, showTopic } from '../../protocol/topics.ts'
import type { ShowDirectory, ShowView } from '../directory/directory.ts'

export interface DeliverCounters {
  cells: number
  /** Reactions that reached a scoreboard since the start. */
  reactions: number
  moods: number
  posts: number
  feeds: number
  /** Times that the counts could not be written to the store; they stay in memory and are written with the next. */
  storeFailures: number
  /** Times that this process took over the counting: once at its start, and each time another had written meanwhile. */
  terms: number
}

export interface Deliver {
  counters: DeliverCounters
  /** Settles once it is known whether this process works; where it does, every show's counts are restored and published. */
  ready: Promise<void>
  /** Whether it is this process that publishes. Of several one does: the one that reads the counts. */
  works(): boolean
  /** Rejects when delivery can not go on. */
  failed: Promise<never>
  /** Publishes what was counted so far, writes it to the store, then stops. */
  drain(): Promise<void>
}

/** Others that start at the same time may take over once each; more than this is a fault in the setting up. */
const TERMS_A_BATCH_MAX = 10

const segmentsOf = ({ show }: ShowView): string[] => show.segments.map(({ segment }) => segment)

/** What this role keeps of one show. */
interface Desk {
  board: Scoreboard
  feed: Feed
  /** Newest version of the cells that came: the packet's window is the one that ended before it. */
  version: number
  /** When they came, by this process's clock. */
  heardMs: number
}

/**
 * Turns cells into mood packets and posts into the feed: one packet a window, for the show and for each segment.
 *
 * ```
 * cells of version v ──▶ board ──▶ v is in a new window: packet of the window that ended before it
 * no cells for silenceMs ────────▶ packet of the next window: what is left, or the empty one that says: silence
 *                                  written to the store first, published then: a total never falls over a restart
 * ```
 *
 * Of several processes one works:
 *
 * ```
 *         the counts are shared out to it          to another
 * waiting ───────────────────────────────▶ working ──────────▶ waiting
 *          takes the term, reads the store,         │  ▲ finds another's term at a write: takes over again, as it reads
 *          publishes the newest of each show        └──┘ while the log is away: waits
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
  /** How long no cells come before the silence is said. Default 1.25 windows: what an aggregation in this process needs. */
  silenceMs?: number
  /** How long a cell can still be replaced, in the log's time; longer than the aggregation recognises repeats. Default 60 s. */
  keepMs?: number
  /** Hears when this process begins to work, after it published the newest of every show, and when it works no longer. */
  onWorks?: (works: boolean) => void
  /** Uniform in [0, 1): which posts are shown when there are too many. */
  random?: () => number
}): Deliver {
  const {
    log,
    store,
    pubsub,
    directory,
    clock,
    logger,
    windowMs,
    silenceMs = 1.25 * windowMs,
    keepMs = 60_000,
    onWorks = () => {},
    random = Math.random,
  } = options
  const counters: DeliverCounters = {
    cells: 0,
    reactions: 0,
    moods: 0,
    posts: 0,
    feeds: 0,
    storeFailures: 0,
    terms: 0,
  }
  const desks = new Map<string, Promise<Desk>>()
  const bytes = new TextEncoder()
  const { promise: failed, reject } = Promise.withResolvers<never>()
  let counts: LogReader | undefined
  let posts: LogReader | undefined
  let cancelTick = () => {}
  let works = false
  let term = 0
  let turn: Promise<unknown> = Promise.resolve()

  /** Boards change in one place at a time: what reads them waits for its turn. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  const windowStart = (ms: number): number => ms - (ms % windowMs)

  function deskOf(show: string): Promise<Desk> {
    let desk = desks.get(show)
    if (desk === undefined) {
      const segments = directory.has(show) ? segmentsOf(directory.get(show)) : []
      desk = store.counts(show).then((state) => ({
        board: new Scoreboard({ segments, state, keepMs }),
        feed: new Feed({ random }),
        version: Math.max(0, ...state.moods.map(({ packet }) => packet.at + packet.ms)),
        heardMs: clock.now(),
      }))
      desks.set(show, desk)
    }
    return desk
  }

  const onFault = (cause: unknown) => {
    logger.fatal({ err: cause }, 'delivery stopped')
    reject(new Error('delivery stopped', { cause }))
  }

  async function takeShare(partitions: number): Promise<void> {
    if (partitions === 0) stepDown()
    else if (!works || (await isReplaced())) await takeOver()
  }

  /** From now on this process writes the counts. What it knew of them may be old: it reads them anew. */
  async function takeOver(): Promise<void> {
    term = await store.takeTerm()
    counters.terms++
    desks.clear()
    for (const show of directory.shows()) publishMoods(show, (await deskOf(show)).board.newest())
    posts ??= log.consume('posts', (batch) => inTurn(() => takePosts(batch)), { group: 'deliver', onFault })
    if (works) return
    works = true
    onWorks(true)
  }

  function stepDown(): void {
    if (!works) return
    works = false
    desks.clear()
    // Not waited for: the batch in its hand waits for this turn to end.
    posts?.close().catch(onFault)
    posts = undefined
    onWorks(false)
  }

  /** Whether another process took over meanwhile. Who can not ask goes on: viewers come first. */
  const isReplaced = (): Promise<boolean> =>
    store.term().then(
      (newest) => newest !== term,
      () => false,
    )

  async function followShow(view: ShowView): Promise<void> {
    const { show, version } = view.show
    if (works) {
      const isNew = !desks.has(show)
      const { board } = await deskOf(show)
      if (isNew) publishMoods(show, board.newest())
      board.setSegments(segmentsOf(view))
    }
    const packet: ShowPacket = { version }
    pubsub.publish({ topic: showTopic(show), payload: bytes.encode(JSON.stringify(packet)), retain: true })
  }

  /** A batch counts as handled once the store has it. Whoever finds another's term takes over and counts it again. */
  async function takeCells(batch: StoredRecord[]): Promise<void> {
    const cells = readable(batch, cellRecords)
    for (let attempt = 0; attempt < TERMS_A_BATCH_MAX; attempt++) {
      if (works && (await applyCells(cells))) return
      await takeOver()
    }
    throw new Error('another process takes over the counting again and again')
  }

  /** @returns false when this process's term is over; its boards are worth nothing then. */
  async function applyCells(cells: Cell[]): Promise<boolean> {
    const changed = new Map<string, Desk>()
    for (const cell of cells) {
      const desk = await deskOf(cell.show)
      counters.cells++
      counters.reactions += desk.board.apply(cell)
      desk.version = Math.max(desk.version, cell.version)
      desk.heardMs = clock.now()
      changed.set(cell.show, desk)
    }
    for (const [show, desk] of changed) {
      if (!(await deliver(show, desk, windowStart(desk.version)))) return false
    }
    return true
  }

  /** The values of a batch's records. What is none is named and passed. */
  function readable<Value extends object>(batch: StoredRecord[], codec: RecordCodec<Value>): Value[] {
    return batch.flatMap(({ value, partition, offset }) => {
      const read = codec.decode(value)
      if (typeof read !== 'string') return [read]
      logger.error({ topic: codec.topic, partition, offset, reason: read }, 'a record cannot be read')
      return []
    })
  }

  async function takePosts(batch: StoredRecord[]): Promise<void> {
    for (const { show, ...post } of readable(batch, postRecords)) {
      const { feed } = await deskOf(show)
      feed.add(post, clock.now())
      counters.posts++
    }
  }

  /**
   * Writes what changed, then publishes the packets of the window that ended at `endMs`, if it has any that are new.
   * @returns false, and nothing is published, when this process's term is over.
   */
  async function deliver(show: string, { board }: Desk, endMs: number): Promise<boolean> {
    const moods = board.takePackets(endMs, windowMs)
    const changes = board.takeChanges()
    if (changes.cells.length === 0 && moods.length === 0) return true
    try {
      if (!(await store.saveCounts(show, changes, term))) return false
    } catch (cause) {
      // Viewers come first: they see the counts, and the next packet writes these rows too.
      board.keepChanges(changes)
      counters.storeFailures++
      logger.error({ err: cause, show }, 'counts could not be written; the next packet tries again')
    }
    publishMoods(show, moods)
    return true
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

  /** Every half window: the feed, and what is to be said of shows that fell silent. */
  async function tick(): Promise<void> {
    if (!works) return
    // Cut off from the log, it does not hear that the counts are another's now.
    if (log.state() === 'down' && (await isReplaced())) {
      stepDown()
      return
    }
    const now = clock.now()
    for (const [show, opening] of desks) {
      const desk = await opening
      publishFeed(show, desk.feed, now)
      // The clock may have been set back since.
      desk.heardMs = Math.min(desk.heardMs, now)
      if (desk.version === 0 || now - desk.heardMs < silenceMs) continue
      // As in takeCells: it is this process that reads.
      if (!(await fallSilent(show, desk, now))) return takeOver()
    }
  }

  /** The window after the newest cells is over too. @returns false when this process's term is over. */
  function fallSilent(show: string, desk: Desk, now: number): Promise<boolean> {
    desk.version = windowStart(desk.version) + windowMs
    desk.heardMs = now
    return deliver(show, desk, desk.version)
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
    counts = log.consume('counts', (batch) => inTurn(() => takeCells(batch)), {
      group: 'deliver',
      onShare: (partitions) => inTurn(() => takeShare(partitions)),
      onFault,
    })
    await counts.ready
    scheduleTick()
  }

  const started = start()
  started.catch(onFault)
  const ready = Promise.race([started, failed])
  // Who does not wait for the one, or look at the other, did not ask to be told.
  for (const promise of [ready, failed]) promise.catch(() => {})

  return {
    counters,
    ready,
    works: () => works,
    failed,
    async drain() {
      cancelTick()
      await counts?.close()
      await posts?.close()
      await inTurn(async () => {
        if (!works) return
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
