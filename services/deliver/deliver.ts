import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { publishingWhile } from '../../adapters/pubsub/publishing-while.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { CountStore } from '../../adapters/store/store.ts'
import { turns } from '../../adapters/turns.ts'
import { type Leadership, type LeadershipEvent, lead, STANDBY } from '../../engine/leadership.ts'
import { settingsOf } from '../../engine/shows/life.ts'
import { isModeration } from '../../engine/shows/moderation.ts'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import type { Cell } from '../../protocol/cell.ts'
import { isRetryable, RoarError } from '../../protocol/errors.ts'
import { plural } from '../../protocol/plural.ts'
import { cells } from '../../protocol/records/cells.ts'
import { filedAs, filedBefore, filedUnder } from '../../protocol/runs.ts'
import type { Show } from '../../protocol/show.ts'
import type { ShowDirectory, ShowView } from '../directory/directory.ts'
import { Histogram } from '../measure/histogram.ts'
import { type Attempt, type Read, readRecords } from '../reader/reader.ts'
import type { RoomDirectory } from '../rooms/room-directory.ts'
import { jointHealth } from '../supervision/joint-health.ts'
import type { Health } from '../supervision/supervisor.ts'
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'
import { Boards } from './boards.ts'
import { watchDoubt } from './doubt.ts'
import { Feeds } from './feeds.ts'
import { PacketTraces } from './packet-traces.ts'
import { publishFeed, publishMoods, publishRoom, publishShow } from './publish.ts'
import { RoomDesk } from './room-desk.ts'

export interface DeliverCounters {
  cells: number
  /** Reactions added to a scoreboard since the start. */
  reactions: number
  moods: number
  posts: number
  feeds: number
  /** Posts and packets of rooms. */
  roomPosts: number
  roomPackets: number
  /** Rooms with members present. */
  liveRooms: number
  /** Failed writes of counts; packets wait until they succeed. */
  storeFailures: number
  /** Reactions that viewers had seen, that the store then lost, and that were counted again from the log. */
  recounted: number
  /** Terms taken: at the start, after each failed write, and when another process had written meanwhile. */
  terms: number
}

export interface Deliver {
  counters: DeliverCounters
  /** Time from the end of each window with reactions to its packet, by this process's clock and the log's. */
  readonly ages: Histogram
  /**
   * Settles once it is known whether this process is active; if so, every show's counts are restored, and published unless viewers
   * may have seen more.
   */
  ready: Promise<void>
  /** Whether this process publishes. Of several, the one that reads the counts does. Not while another may have taken over. */
  isActive(): boolean
  /**
   * For whatever else the active deliver publishes: nothing of it is sent late once another has taken over. Also tells its listeners
   * `up` when this process becomes active, or is sure again that it is.
   */
  pubsub: PubSub
  /** Publishes and stores everything counted so far, then stops. */
  drain(): Promise<void>
}

/** Others that start at the same time may take over once each; more than this means that two delivers fight for the term. */
const REFUSALS_MAX = 10
/** Longer than the log takes to tell a process that was silent that what it read is another's. */
const HELD_OFF_MS = 10_000
/** Backoff of timed work when the store fails; batches are retried by their reader. */
const RETRY: Backoff = { firstMs: 100, maxMs: 2000 }

/**
 * Turns cells into mood packets and posts into the feed. Of several processes one is active, see `Leadership`; `Boards` makes its
 * packets.
 *
 * The store comes first: a batch of counts is done, and its position committed, once the store has it; packets are published
 * after that. While the store is unreachable, packets wait and the batch is retried. Publishing anyway would mean that a crash
 * takes back numbers that viewers have seen.
 *
 * A store may lose its newest writes, for instance when a lagging replica takes over: its position in the log is then behind what
 * viewers may have seen. The log is read again from there, and packets wait until all of that is counted.
 */
export function startDeliver(options: {
  log: Log
  store: CountStore
  pubsub: PubSub
  directory: ShowDirectory
  rooms: RoomDirectory
  clock: Clock
  logger: Logger
  /** The interval of packets in milliseconds. */
  windowMs: number
  /** How long without cells until silence is published. Default 1.25 windows: what an aggregation in this process needs. */
  silenceMs?: number
  /** How long a cell can still be replaced, in the log's time; longer than the aggregation recognises repeats. Default 60 s. */
  keepMs?: number
  /**
   * Called when this process becomes active, after it has published the newest packets of every show, and when it is standby
   * again.
   */
  onActive?: (active: boolean) => void
  /** Uniform in [0, 1): selects the posts shown when there are too many. */
  random?: () => number
  health: Health
  tracing?: Tracing
}): Deliver {
  const {
    log,
    store,
    directory,
    rooms,
    clock,
    logger,
    windowMs,
    silenceMs = 1.25 * windowMs,
    keepMs = 60_000,
    onActive = () => {},
    random = Math.random,
    health,
    tracing = NO_TRACING,
  } = options
  const parts = jointHealth(health, ['counts', 'posts', 'rooms', 'store'])
  const counters = {
    cells: 0,
    reactions: 0,
    moods: 0,
    storeFailures: 0,
    recounted: 0,
    terms: 0,
    get posts() {
      return feeds.counters.posts
    },
    get feeds() {
      return feeds.counters.feeds
    },
    get roomPosts() {
      return roomDesk.counters.posts
    },
    get roomPackets() {
      return roomDesk.counters.packets
    },
    get liveRooms() {
      return roomDesk.liveRooms
    },
  }
  const ages = new Histogram()
  const traces = new PacketTraces()
  const followed = new Map<string, Show>()
  /** The run of each wiped show that this process has begun in its term, and those still to begin. */
  const begun = new Map<string, number>()
  const unbegun = new Set<string>()
  /** The position in the log up to which viewers may have seen counts, as of a term of this process. */
  let shown: { term: number; next: number } | undefined
  /** Set while the store lacks counts that viewers may have seen. */
  let behind: Behind | undefined
  /** The counter of what is being counted: for the first time, or again because the store had lost it. */
  let counted: 'reactions' | 'recounted' = 'reactions'
  let leadership: Leadership = STANDBY
  let isActive = false
  /** How many partitions of the counts are ours, as the log said last. */
  let share = 0
  /** Until then what the log hands out may be from before another took over. */
  let heldOffUntilMs = Number.NEGATIVE_INFINITY
  /** The newest term that this process took; 0: none. */
  let ownTerm = 0
  const isNewest = async () => ownTerm === 0 || (await store.term()) <= ownTerm
  const doubt = watchDoubt({ clock, isOurs: isNewest, onSure: publishSoon })
  const isSurelyActive = () => isActive && doubt.isSure()
  /** Called when all is to be published again. */
  const again = new Set<() => void>()
  const pubsub = publishingWhile(options.pubsub, {
    isCurrent: () => leadership.state !== 'standby' && doubt.isSure(),
    onAgain(listener) {
      again.add(listener)
      return () => void again.delete(listener)
    },
  })
  /** Serialises changes of the boards: a reader waits for its turn. */
  const inTurn = turns()
  let isTickWaiting = false
  let failures = 0
  let retryAtMs = 0
  let cancelTick = () => {}
  let isClosed = false

  const boards = new Boards({
    store,
    clock,
    windowMs,
    keepMs,
    segmentsOf(name) {
      const view = directory.filed(name)
      return view === undefined ? { segments: [], sides: [] } : segmentsOf(view)
    },
    onStore(growth) {
      counters[counted] += growth
      parts.store.working()
    },
    isOurs: () => doubt.settle(),
    publish(name, moods) {
      // An unknown show, or an unknown run, is counted; its packets follow once it is known.
      const view = directory.filed(name)
      if (view === undefined || behind !== undefined) return
      counters.moods += moods.length
      const from = moods.length === 0 ? [] : traces.take(name)
      const span = tracing.follow('publish mood', from, { kind: 'producer' })
      publishMoods(pubsub, view.show.show, moods)
      span?.end()
      for (const { packet } of moods)
        if (packet.n > 0) ages.observe(Math.max(0, clock.now() - packet.at - packet.ms), span?.context)
    },
  })
  const feeds = new Feeds({
    log,
    clock,
    logger,
    health: parts.posts,
    tracing,
    windowMs,
    random,
    directory,
    publish: (show, packet) => publishFeed(pubsub, show, packet),
    toRoom: (post) => roomDesk.takePost(post),
  })
  const roomDesk = new RoomDesk({
    ...{ log, rooms, clock, logger },
    health: parts.rooms,
    publish(name, channel, packet) {
      if (!directory.isWiped(name)) publishRoom(pubsub, filedUnder(name).show, channel, packet)
    },
  })

  /** Boards belong to one term: when it ends, they are read again. */
  function become(event: LeadershipEvent): void {
    leadership = lead(leadership, event)
    if (leadership.state !== 'active') boards.forget()
    if (leadership.state !== 'standby') return
    // It makes no request to the store.
    parts.store.working()
    shown = undefined
    if (!isActive) return
    isActive = false
    // Not awaited: the batch that they are handling may wait for this turn to end.
    feeds.stop().catch(parts.posts.failed)
    roomDesk.stop().catch(parts.rooms.failed)
    onActive(false)
  }

  /** Another took over while this process stood still. The log says so in a moment; where it does not, the counts are still ours. */
  function standBy(): void {
    holdOff()
    become({ type: 'replaced', reading: false })
  }

  function holdOff(): void {
    heldOffUntilMs = clock.passedMs() + HELD_OFF_MS
  }

  async function takeShare(partitions: number): Promise<void> {
    share = partitions
    heldOffUntilMs = Number.NEGATIVE_INFINITY
    become({ type: 'shared', partitions })
    // A standby reads no posts and makes no request to the store.
    if (leadership.state === 'standby')
      for (const part of [parts.store, parts.posts, parts.rooms]) part.working()
    if (leadership.state === 'active' && (await store.term()) !== leadership.term) {
      become({ type: 'replaced', reading: true })
    }
    if (leadership.state === 'resuming') await resume()
  }

  /** Takes a term: from now on this process writes the counts. Its own boards may be outdated, so it reads them again. */
  async function resume(): Promise<number> {
    const term = await store.takeTerm()
    ownTerm = term
    counters.terms++
    const reached = await store.countsReached()
    const seen = await seenBy(term)
    shown = { term, next: seen }
    boards.begin(reached)
    // A store without a position in this log may be as it was before the first write.
    const next = reached?.topicId === counts.topicId ? reached.next : 0
    const was = counts.goBack(next)
    if (next < seen) holdBack({ lost: Math.max(was ?? 0, behind?.lost ?? 0), seen })
    begun.clear()
    for (const show of directory.shows()) noteRun(directory.get(show))
    await beginRuns(term)
    // A broker may have lost its memory while another was active; and of a run that no viewer knows no packet is taken.
    if (!isActive && (await doubt.settle()))
      for (const show of directory.shows()) publishShow(pubsub, directory.get(show).show)
    await openAll()
    become({ type: 'took', term })
    feeds.start()
    roomDesk.start()
    if (!isActive) {
      isActive = true
      onActive(true)
      for (const listener of again) listener()
    }
    return term
  }

  /**
   * Up to which position viewers may have seen counts. Of another process it is unknown: the offset that the group has committed
   * may lag behind it. But nobody publishes under an older term any more, and nobody has seen counts that are not in the log.
   */
  async function seenBy(term: number): Promise<number> {
    if (shown?.term === term - 1) return shown.next
    const [end = 0] = await log.ends('counts')
    return end
  }

  /**
   * Until everything that viewers may have seen is counted, packets contain no total: it could be less. The packets of what was
   * certainly seen are not published again; the growth of what was perhaps seen is published afterwards.
   */
  function holdBack(next: Omit<Behind, 'recounted'>): void {
    const own = { ...next, recounted: behind?.recounted ?? counters.recounted }
    behind = own
    // The last record before that position may be unreadable, and then nothing reports it. Fails only if the log is closed.
    const done = () => inTurn(async () => behind === own && goOn())
    counts.caughtUp().then(done, () => {})
  }

  function goOn(): void {
    if (behind === undefined) return
    const reactions = counters.recounted - behind.recounted
    behind = undefined
    if (reactions > 0)
      logger.warn(
        { reactions },
        `the store had lost its newest writes: ${plural(reactions, 'reaction')} that had been counted were counted again from the log`,
      )
    for (const show of directory.shows()) publishNewest(directory.get(show).show)
  }

  function publishNewest(show: Show): void {
    if (behind === undefined && doubt.isSure()) publishMoods(pubsub, show.show, boards.newest(filedAs(show)))
  }

  /**
   * A broker that is reachable again may have lost its memory: new clients would receive nothing of a show that is quiet. And in doubt
   * nothing is published, and what waited for a slow broker is dropped.
   */
  function publishAgain(): void {
    if (!isSurelyActive() || isClosed) return
    for (const show of directory.shows()) {
      const view = directory.get(show)
      publishShow(pubsub, view.show)
      publishNewest(view.show)
    }
    for (const listener of again) listener()
  }

  /** In a turn of its own: in the middle of another one boards are ahead of the store. */
  function publishSoon(): void {
    void inTurn(async () => publishAgain())
  }

  function noteRun({ show }: ShowView): void {
    if ((show.run ?? 1) > (begun.get(show.show) ?? 1)) unbegun.add(show.show)
  }

  /** Deletes wiped counts before anything else of the show is counted or published. */
  async function beginRuns(term: number): Promise<void> {
    for (const name of unbegun) {
      const { show } = directory.get(name)
      await store.beginRun(show, term)
      begun.set(name, show.run!)
      // It may have been wiped again meanwhile.
      unbegun.delete(name)
      noteRun(directory.get(name))
      // Cells of the new run may have come first; they are in the store, and so is what they follow now.
      for (const filed of [...filedBefore(show), filedAs(show)]) boards.drop(filed)
      feeds.begin(filedAs(show))
    }
  }

  async function openAll(): Promise<void> {
    for (const show of directory.shows()) {
      const filed = filedAs(directory.get(show).show)
      // Eight times a second, for a thousand shows: an open one must not cost a turn of its own.
      if (!boards.has(filed)) await boards.open(filed)
    }
  }

  /**
   * Handles a batch of counts: done once the store has it. On finding another's term it takes over and counts the batch again:
   * the log decides who reads.
   */
  async function take(batch: Read<Cell>[], { isCurrent, trace }: Attempt): Promise<void> {
    counters.cells += batch.length
    if (trace !== undefined)
      for (const { value, record } of batch) if (record.trace !== undefined) traces.add(value.show, trace)
    for (let rest = batch; rest.length > 0; ) {
      if (leadership.state !== 'standby' && !(await doubt.settle())) standBy()
      if (leadership.state === 'standby') {
        if (clock.passedMs() < heldOffUntilMs)
          throw new RoarError('log_unavailable', 'another process has taken over the counting')
        become({ type: 'shared', partitions: 1 })
      }
      const term = leadership.state === 'active' ? leadership.term : await resume()
      if (!isCurrent()) return
      await beginRuns(term)
      const kind = kindOf(rest[0]!)
      const end = rest.findIndex((read) => kindOf(read) !== kind)
      const part = end < 0 ? rest : rest.slice(0, end)
      if (await count(part, kind, term)) rest = rest.slice(part.length)
      else if (leadership.state === 'resuming' && leadership.refusals > REFUSALS_MAX)
        throw new Error(
          'another process keeps taking over the counting: all delivers must share one consumer group',
        )
    }
  }

  const kindOf = ({ record: { offset } }: Read<Cell>): Kind => {
    if (behind === undefined || offset >= behind.seen) return 'new'
    return offset < behind.lost ? 'lost' : 'perhaps seen'
  }

  /** @returns false when this process's term is over */
  async function count(batch: Read<Cell>[], kind: Kind, term: number): Promise<boolean> {
    if (kind === 'new') goOn()
    counted = kind === 'lost' ? 'recounted' : 'reactions'
    const valid = batch.filter(({ value }) => !directory.isWiped(value.show))
    await boards.apply(valid)
    const shows = new Set(valid.map(({ value }) => value.show))
    const last = [...shows].at(-1)
    const reached = { topicId: counts.topicId, next: batch.at(-1)!.record.offset + 1 }
    return writeAll(shows, async (show) => {
      const place = show === last ? reached : undefined
      const isWritten = await (kind === 'perhaps seen'
        ? boards.hold(show, term, place)
        : boards.deliver(show, term, place))
      if (isWritten) shown = { term, next: Math.max(shown?.next ?? 0, reached.next) }
      return isWritten
    })
  }

  /** Writes some shows. @returns false when this process's term is over: then its boards are invalid */
  async function writeAll(
    shows: Iterable<string>,
    write: (show: string) => Promise<boolean>,
  ): Promise<boolean> {
    try {
      for (const show of shows) {
        if (await write(show)) continue
        become({ type: 'replaced', reading: true })
        return false
      }
    } catch (cause) {
      counters.storeFailures++
      become({ type: 'writeFailed' })
      throw cause
    }
    become({ type: 'wrote' })
    return true
  }

  function followShow(view: ShowView): void {
    const { show } = view.show
    const name = filedAs(view.show)
    boards.follow(name)
    feeds.followModeration(name)
    const before = followed.get(show)
    // Cells of that run may have come first.
    if (before?.run !== view.show.run || before === undefined) publishNewest(view.show)
    followed.set(show, view.show)
    // A process that is not active, or was not a moment ago, may read later what another has published.
    if (!isSurelyActive()) return
    // Moderation reaches viewers through the feed, so they need not fetch the document for it.
    if (before === undefined || !isModeration(before, view.show)) publishShow(pubsub, view.show)
  }

  /** Every half window: publishes the feed, new shows, and the silence of shows without cells. */
  async function tick(): Promise<void> {
    if (leadership.state === 'standby') {
      if (share === 0) return
      // Once it is reachable again it has to say whose the counts are.
      if (log.state() === 'down') holdOff()
      if (clock.passedMs() < heldOffUntilMs) return
      become({ type: 'shared', partitions: share })
    } else {
      // A process cut off from the log is not told that another reads the counts now.
      const isCutOff = leadership.state === 'active' && log.state() === 'down'
      if ((isCutOff && !(await isNewest())) || !(await doubt.settle())) return standBy()
    }
    const term = leadership.state === 'active' ? leadership.term : await resume()
    await beginRuns(term)
    await openAll()
    // A show that is being counted again is not silent.
    const silent = (behind === undefined ? boards.shows() : []).filter((show) =>
      boards.isSilent(show, silenceMs),
    )
    await writeAll(silent, (show) => boards.fallSilent(show, term))
  }

  function scheduleTick(): void {
    const half = windowMs / 2
    cancelTick = clock.after(half - (clock.now() % half), () => {
      scheduleTick()
      if (isActive) {
        feeds.publish()
        roomDesk.publish()
      }
      runTick()
    })
  }

  function runTick(): void {
    // Ticks must not queue up behind a store that hangs.
    if (isTickWaiting || clock.passedMs() < retryAtMs) return
    isTickWaiting = true
    inTurn(() => reportingStore(tick))
      .then(
        () => {
          failures = 0
        },
        (cause) => {
          retryAtMs = clock.passedMs() + backoffMs(++failures, RETRY, random)
          if (!isRetryable(cause)) parts.store.failed(cause)
        },
      )
      .finally(() => {
        isTickWaiting = false
      })
  }

  /** Failures are retried by the reader, or by a later tick. */
  function reportingStore<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((cause) => {
      if (isRetryable(cause)) parts.store.waiting(cause.message)
      throw cause
    })
  }

  directory.follow((view) => {
    noteRun(view)
    void inTurn(async () => followShow(view))
  })
  const forgetPubSub = options.pubsub.onState((state) => {
    if (state === 'down') return
    // Whoever was cut off from the broker may have been cut off from the log.
    doubt.raise()
    runTick()
  })
  const counts = readRecords({
    log,
    codec: cells,
    group: 'deliver',
    onShare: (partitions) => inTurn(() => reportingStore(() => takeShare(partitions))),
    handle: (batch, attempt) => inTurn(() => reportingStore(() => take(batch, attempt))),
    tracing,
    health: parts.counts,
    logger,
  })
  const ready = counts.ready.then(() => {
    if (!isClosed) scheduleTick()
  })

  return {
    counters,
    ages,
    ready,
    isActive: isSurelyActive,
    pubsub,
    async drain() {
      isClosed = true
      cancelTick()
      forgetPubSub()
      try {
        await counts.close()
      } finally {
        await feeds.drain()
        await roomDesk.drain()
        await inTurn(async () => {
          // What viewers may not see yet is the next process's to publish.
          if (leadership.state !== 'active' || behind !== undefined) return
          const { term } = leadership
          await writeAll(boards.shows(), (show) => boards.deliverLast(show, term))
        }).finally(() => doubt.close())
      }
    },
  }
}

/** Of counts: whether viewers have seen them before. */
type Kind = 'lost' | 'perhaps seen' | 'new'

/** What the store lacks of what was counted before. */
interface Behind {
  /** Up to this position viewers have seen all. */
  lost: number
  /** Up to this position viewers may have seen counts. */
  seen: number
  /** What the counter of recounted reactions was before. */
  recounted: number
}

const segmentsOf = ({ show }: ShowView) => ({
  segments: show.segments.map(({ segment }) => segment),
  sides: settingsOf(show).sides,
})
