import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { PubSub } from '../../adapters/pubsub/pubsub.ts'
import type { CountStore } from '../../adapters/store/store.ts'
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
import type { TraceContext } from '../../protocol/trace-context.ts'
import type { ShowDirectory, ShowView } from '../directory/directory.ts'
import { Histogram } from '../measure/histogram.ts'
import { type Read, readRecords } from '../reader/reader.ts'
import type { RoomDirectory } from '../rooms/room-directory.ts'
import { jointHealth } from '../supervision/joint-health.ts'
import type { Health } from '../supervision/supervisor.ts'
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts'
import { Boards } from './boards.ts'
import { Feeds } from './feeds.ts'
import { PacketTraces } from './packet-traces.ts'
import { publishFeed, publishMoods, publishRoom, publishShow } from './publish.ts'
import { RoomDesk } from './room-desk.ts'

export interface DeliverCounters {
  cells: number
  /** Reactions that reached a scoreboard since the start. */
  reactions: number
  moods: number
  posts: number
  feeds: number
  /** Posts and packets of rooms. */
  roomPosts: number
  roomPackets: number
  /** Rooms that somebody is in now. */
  liveRooms: number
  /** Writes of counts that failed; packets wait until they are through. */
  storeFailures: number
  /** Reactions that viewers had seen and the store had lost, and that were counted again from the log. */
  recounted: number
  /** Times that this process took a term: at its start, after each write that failed, and when another had written meanwhile. */
  terms: number
}

export interface Deliver {
  counters: DeliverCounters
  /** From the end of each window with reactions to its packet, by this process's clock and the log's. */
  readonly ages: Histogram
  /** Settles once it is known whether this process is active; where it is, every show's counts are restored and published. */
  ready: Promise<void>
  /** Whether it is this process that publishes. Of several one does: the one that reads the counts. */
  isActive(): boolean
  /** Publishes what was counted so far, writes it to the store, then stops. */
  drain(): Promise<void>
}

/** Others that start at the same time may take over once each; more than this means that two delivers fight for the term. */
const REFUSALS_MAX = 10
/** Of what is due by the clock alone, when the store fails; batches are tried again by their reader. */
const RETRY: Backoff = { firstMs: 100, maxMs: 2000 }

/**
 * Turns cells into mood packets and posts into the feed. Of several processes one is active, see `Leadership`; its packets
 * are made by `Boards`.
 *
 * The store comes first: a batch of counts is handled, and its place remembered, once the store has it, and packets are
 * published after that. While the store is unreachable, packets wait and the batch is tried again. They could go on, but
 * then a crash would take back numbers that viewers have seen.
 *
 * A store may lose its newest writes, as where a replica that is behind takes over: it says how much of the log it has, which is
 * less than was handled. Then the log is read again from there, and packets wait until all of it is counted.
 */
export function startDeliver(options: {
  log: Log
  store: CountStore
  pubsub: PubSub
  directory: ShowDirectory
  rooms: RoomDirectory
  clock: Clock
  logger: Logger
  /** The packets' rhythm in milliseconds. */
  windowMs: number
  /** How long no cells come before the silence is published. Default 1.25 windows: what an aggregation in this process needs. */
  silenceMs?: number
  /** How long a cell can still be replaced, in the log's time; longer than the aggregation recognises repeats. Default 60 s. */
  keepMs?: number
  /** Hears when this process becomes active, after it published the newest of every show, and when it is on standby again. */
  onActive?: (active: boolean) => void
  /** Uniform in [0, 1): which posts are shown when there are too many. */
  random?: () => number
  health: Health
  tracing?: Tracing
}): Deliver {
  const {
    log,
    store,
    pubsub,
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
  /** Which run of each show that was wiped this process has begun in its term, and those it has not. */
  const begun = new Map<string, number>()
  const unbegun = new Set<string>()
  /** How often the reader went back to what the store has lost: a batch of before is not the next one any more. */
  let returns = 0
  /** Up to where viewers have seen some of it: in a batch that was not written as a whole, further than the reader is. */
  let seen = 0
  /** While what viewers have seen is counted again: how much had been counted again before that. */
  let behind: { recounted: number } | undefined
  let leadership: Leadership = STANDBY
  let isActive = false
  let turn: Promise<unknown> = Promise.resolve()
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
      if (behind === undefined) counters.reactions += growth
      else counters.recounted += growth
      parts.store.working()
    },
    publish(name, moods) {
      // A show that is not known yet is counted, and so is a run of one; its packets come with it.
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

  /** Boards change in one place at a time: what reads them waits for its turn. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  /** Boards belong to one term: whatever ends it, they are read anew. */
  function become(event: LeadershipEvent): void {
    leadership = lead(leadership, event)
    if (leadership.state !== 'active') boards.forget()
    if (leadership.state !== 'standby' || !isActive) return
    isActive = false
    // Not waited for: the batch in its hand may wait for this turn to end.
    feeds.stop().catch(parts.posts.failed)
    roomDesk.stop().catch(parts.rooms.failed)
    onActive(false)
  }

  async function takeShare(partitions: number): Promise<void> {
    become({ type: 'shared', partitions })
    // Who is on standby reads no posts, and asks nothing of the store.
    if (leadership.state === 'standby')
      for (const part of [parts.store, parts.posts, parts.rooms]) part.working()
    if (leadership.state === 'active' && (await store.term()) !== leadership.term) {
      become({ type: 'replaced', reading: true })
    }
    if (leadership.state === 'resuming') await resume()
  }

  /** From now on this process writes the counts. What it knew of them may be old: it reads them anew. */
  async function resume(): Promise<number> {
    const term = await store.takeTerm()
    counters.terms++
    const reached = await store.countsReached()
    boards.begin(reached)
    // A store that has no place of this log may be as it was before the first.
    const was = counts.goBack(reached?.topicId === counts.topicId ? reached.next : 0)
    if (was !== undefined) countAgain(was)
    begun.clear()
    for (const show of directory.shows()) noteRun(directory.get(show))
    await beginRuns(term)
    await openAll()
    become({ type: 'took', term })
    feeds.start()
    roomDesk.start()
    if (!isActive) {
      isActive = true
      onActive(true)
    }
    return term
  }

  /** Until all that was handled before is counted again no packet says a total: it would be less than viewers have seen. */
  function countAgain(was: number): void {
    const own = ++returns
    seen = Math.max(seen, was)
    behind ??= { recounted: counters.recounted }
    // What stands before that place last may be no record, of which nobody hears. It only fails where the log is closed.
    const done = () => inTurn(async () => own === returns && goOn())
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
    if (behind === undefined) publishMoods(pubsub, show.show, boards.newest(filedAs(show)))
  }

  /** A broker that is there again may have lost its memory, and whoever comes then would hear nothing of a show that is silent. */
  async function publishAgain(): Promise<void> {
    if (!isActive) return
    for (const show of directory.shows()) {
      const view = directory.get(show)
      publishShow(pubsub, view.show)
      publishNewest(view.show)
    }
  }

  function noteRun({ show }: ShowView): void {
    if ((show.run ?? 1) > (begun.get(show.show) ?? 1)) unbegun.add(show.show)
  }

  /** Deletes what was wiped, before anything else is counted or published of its show. */
  async function beginRuns(term: number): Promise<void> {
    for (const name of unbegun) {
      const { show } = directory.get(name)
      await store.beginRun(show, term)
      begun.set(name, show.run!)
      // It may have been wiped again meanwhile.
      unbegun.delete(name)
      noteRun(directory.get(name))
      // Cells of the run that begins may have come first; they are in the store, as is what they follow now.
      for (const filed of [...filedBefore(show), filedAs(show)]) boards.drop(filed)
      feeds.begin(filedAs(show))
    }
  }

  async function openAll(): Promise<void> {
    for (const show of directory.shows()) {
      const filed = filedAs(directory.get(show).show)
      // Eight times a second, of a thousand shows: one that is open costs no turn of its own.
      if (!boards.has(filed)) await boards.open(filed)
    }
  }

  /**
   * Takes a batch of counts: handled once the store has it. Whoever finds another's term takes over and counts it again:
   * the log says who reads.
   */
  async function take(batch: Read<Cell>[], from: number, trace?: TraceContext): Promise<void> {
    counters.cells += batch.length
    if (trace !== undefined)
      for (const { value, record } of batch) if (record.trace !== undefined) traces.add(value.show, trace)
    checkNext(from)
    const again = behind === undefined ? [] : batch.filter(({ record }) => record.offset < seen)
    if (again.length > 0) await count(again, from)
    if (again.length === batch.length) return
    goOn()
    await count(batch.slice(again.length), from)
  }

  /** @throws RoarError for a batch that is not the next one any more: it comes again, after what comes before it */
  function checkNext(from: number): void {
    if (from !== returns)
      throw new RoarError(
        'store_unavailable',
        'the store has lost what was written last: it is counted again',
      )
  }

  async function count(batch: Read<Cell>[], from: number): Promise<void> {
    for (;;) {
      if (leadership.state === 'standby') become({ type: 'shared', partitions: 1 })
      const term = leadership.state === 'active' ? leadership.term : await resume()
      checkNext(from)
      await beginRuns(term)
      const counted = batch.map(({ value }) => value).filter(({ show }) => !directory.isWiped(show))
      await boards.apply(counted)
      const shows = new Set(counted.map(({ show }) => show))
      const last = [...shows].at(-1)
      const reached = { topicId: counts.topicId, next: batch.at(-1)!.record.offset + 1 }
      const write = async (show: string) => {
        const isWritten = await boards.deliver(show, term, show === last ? reached : undefined)
        if (isWritten) seen = Math.max(seen, reached.next)
        return isWritten
      }
      if (await writeAll(shows, write)) return
      if (leadership.state === 'resuming' && leadership.refusals > REFUSALS_MAX) {
        throw new Error(
          'another process keeps taking over the counting: all delivers must share one consumer group',
        )
      }
    }
  }

  /** Writes some shows. @returns false when this process's term is over: its boards are worth nothing then. */
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
    // Cells of it may have come first.
    if (before?.run !== view.show.run || before === undefined) publishNewest(view.show)
    followed.set(show, view.show)
    // Viewers hear of what moderators did in the feed, and need no document for it.
    if (before === undefined || !isModeration(before, view.show)) publishShow(pubsub, view.show)
  }

  /** Every half window: the feed, shows that are new, and what is to be said of those that fell silent. */
  async function tick(): Promise<void> {
    if (leadership.state === 'standby') return
    // Cut off from the log, it does not hear that the counts are another's now.
    if (leadership.state === 'active' && log.state() === 'down' && (await store.term()) !== leadership.term) {
      return become({ type: 'replaced', reading: false })
    }
    const term = leadership.state === 'active' ? leadership.term : await resume()
    await beginRuns(term)
    await openAll()
    // What comes next of a show that is counted again says no silence.
    const silent = (behind === undefined ? boards.shows() : []).filter((show) =>
      boards.isSilent(show, silenceMs),
    )
    if (!(await writeAll(silent, (show) => boards.fallSilent(show, term)))) await resume()
  }

  function scheduleTick(): void {
    const half = windowMs / 2
    cancelTick = clock.after(half - (clock.now() % half), () => {
      scheduleTick()
      if (isActive) {
        feeds.publish()
        roomDesk.publish()
      }
      // A store that hangs must not make a queue of them.
      if (isTickWaiting || clock.now() < retryAtMs) return
      isTickWaiting = true
      inTurn(() => reportingStore(tick))
        .then(
          () => {
            failures = 0
          },
          (cause) => {
            retryAtMs = clock.now() + backoffMs(++failures, RETRY, random)
            if (!isRetryable(cause)) parts.store.failed(cause)
          },
        )
        .finally(() => {
          isTickWaiting = false
        })
    })
  }

  /** What fails is tried again, by the reader or by a later tick. */
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
  const forgetPubSub = pubsub.onState((state) => {
    if (state === 'up') void inTurn(publishAgain)
  })
  const counts = readRecords({
    log,
    codec: cells,
    group: 'deliver',
    onShare: (partitions) => inTurn(() => reportingStore(() => takeShare(partitions))),
    handle(batch, trace) {
      const from = returns
      return inTurn(() => reportingStore(() => take(batch, from, trace)))
    },
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
    isActive: () => isActive,
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
          if (leadership.state !== 'active') return
          const { term } = leadership
          await writeAll(boards.shows(), (show) => boards.deliverLast(show, term))
        })
      }
    },
  }
}

const segmentsOf = ({ show }: ShowView) => ({
  segments: show.segments.map(({ segment }) => segment),
  sides: settingsOf(show).sides,
})
