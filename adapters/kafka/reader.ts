import {
  type BaseOptions,
  Consumer,
  type ExtendedGroupProtocolSubscription,
  findErrorBy,
  type GroupPartitionsAssigner,
  ListOffsetTimestamps,
  roundRobinAssigner,
} from '@platformatic/kafka'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { isRetryable, RoarError } from '../../protocol/errors.ts'
import type { ConsumeOptions, HandleBatch, LogReader, ReaderState, StoredRecord } from '../log/log.ts'
import { Assignment } from './assignment.ts'
import { type Committed, committedPlaces, NOWHERE } from './committed.ts'
import { askForTopics, closeClient, reasonOf } from './connection.ts'
import { decodeFetch, PARTITION_BYTES_MAX, partitionFrom } from './fetch.ts'
import { Places } from './places.ts'

export interface ReaderOptions extends ConsumeOptions {
  topic: string
  /** Whether only its first partition has records: whoever of a group is assigned that one has all. */
  isInOrder: boolean
  /** For joining the group, which takes as long as the other members take. */
  client: BaseOptions
  /** For everything else: how long a response may take before the reader reports that it waits. */
  fetchClient: BaseOptions
  /** A group member silent for this long loses its partitions to the others. */
  sessionTimeoutMs: number
  handle: HandleBatch
  /** The next offset of each partition. */
  ends: () => Promise<number[]>
  /** Called with every read failure; the reader continues by itself. */
  onTrouble: (cause: unknown) => void
}

const FETCH_WAIT_MS = 500
/** How often to check whether the topic has more partitions. */
const LOOK_MS = 5000
const FETCH_BYTES_MAX = 4 * 2 ** 20
const RETRY: Backoff = { firstMs: 100, maxMs: 2000 }
/** While its group rebalances, how long a reader waits before it re-reads what it could not commit. */
const CHANGING_MS = 100

/** What `handle` or `onShare` threw and retrying cannot fix; a class of its own so that it does not count as a read failure. */
class Fault extends Error {}

/**
 * Reads one topic by its own fetches. The client's stream is not used: it commits before records are handled or hands
 * out again what it held when the group changed, gives up after its retries, and tells the producer's time where the
 * broker's counts.
 *
 * ```
 * session     join the group, if any ─▶ fetching ─▶ fetching ─▶ …    ends when the group is lost; another begins, with backoff
 * fetching    connect ─▶ assignment ─▶ assignment ─▶ …               a failure ends it; another begins, with backoff
 * assignment  find the places ─▶ report the share ─▶ ready ─▶ fetch ─▶ handle ─▶ commit ─▶ fetch …    ends when the group changes
 * ```
 * A place is committed after its batch was handled and before the next is. A batch that fails is handed out again within
 * its assignment, and is its next reader's after it. A batch in hand while the group changes may be handled by both;
 * `once` is called by the one whose commit covers it.
 */
export class KafkaReader implements LogReader {
  readonly ready: Promise<void>
  readonly #options: ReaderOptions
  readonly #ready = Promise.withResolvers<void>()
  readonly #running: Promise<void>
  readonly #places = new Places()
  /** Kafka's id of the topic that these offsets belong to: a recreated topic of the same name has another. */
  #topicId: string | undefined
  /** Callers that wait until more is handled. */
  readonly #waiting = new Set<() => void>()
  #assignment = new Assignment(0)
  #ours: number[] = []
  /** The topic's number of partitions when we last looked up where to begin. */
  #partitions: number | undefined
  /** The number of partitions in this member's metadata when it joined its group: the group's leader assigns at least these. */
  #joinedWith: number | undefined
  #state: ReaderState | undefined
  #hand: Promise<unknown> = Promise.resolve()
  #closed = false
  #joins = 0
  #failures = 0
  /** When the newest fetch was sent that brought everything there was, and is handled. */
  #askedMs = Number.NEGATIVE_INFINITY
  #wake = (): void => {}

  constructor(options: ReaderOptions) {
    this.#options = options
    this.ready = this.#ready.promise
    this.#running = this.#run()
  }

  async caughtUp(): Promise<void> {
    await this.ready
    const ends = await this.#ends()
    return this.#when(() =>
      this.#ours.every((partition) => this.#places.next(partition)! >= ends[partition]!),
    )
  }

  #when(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  get topicId(): string {
    return this.#topicId ?? ''
  }

  behindMs(): number {
    return performance.now() - this.#askedMs
  }

  whenWithin(ms: number): Promise<void> {
    return this.#when(() => this.behindMs() <= ms)
  }

  goBack(offset: number): number | undefined {
    if (!this.#ours.includes(0)) return undefined
    const was = this.#places.goBack(0, BigInt(offset))
    if (was === undefined) return undefined
    // Batches in flight or in progress are read again, after those before them.
    this.#assignment.end()
    return Number(was)
  }

  /** Retries without limit: whoever waits for the end of a log also waits for the log. */
  async #ends(): Promise<number[]> {
    for (let failures = 0; ; ) {
      try {
        return await this.#options.ends()
      } catch (cause) {
        if (this.#closed) throw cause
        await Bun.sleep(backoffMs(++failures, RETRY, Math.random))
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#assignment.end()
    this.#wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#closed) await this.#attempt(() => this.#session())
    // A reader that is closed before it began must not leave callers waiting forever.
    this.#ready.resolve()
  }

  /** Runs an attempt. A fault that retrying cannot fix stops the reader; otherwise the reader waits, then pauses. */
  async #attempt(part: () => Promise<void>): Promise<void> {
    try {
      await part()
    } catch (error) {
      if (error instanceof Fault) {
        this.#closed = true
        this.#report({ state: 'stopped', cause: error.cause })
      } else if (!this.#closed) {
        this.#trouble(error)
        await this.#pause(backoffMs(++this.#failures, RETRY, Math.random))
      }
    }
  }

  #trouble(error: unknown): void {
    const cause = new RoarError('log_unavailable', `the log cannot be read: ${reasonOf(error)}`, {
      cause: error,
    })
    this.#report({ state: 'waiting', cause })
    this.#options.onTrouble(error)
  }

  #report(next: ReaderState): void {
    const isKnown = this.#state?.state === next.state && waitingFor(this.#state) === waitingFor(next)
    this.#state = next
    if (!isKnown) this.#options.onState?.(next)
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #session(): Promise<void> {
    const { topic, group } = this.#options
    if (group === undefined) return this.#fetching(undefined)
    // The group's heartbeats have their own connection: a long-polling fetch would delay them.
    const member = this.#consumer(group, this.#options.client)
    try {
      member.topics.track(topic)
      member.on('consumer:group:join', () => {
        this.#joins++
        this.#assignment.end()
      })
      await member.joinGroup({})
      // A broker that was unreachable still knows its members. A member that left and rejoined would wait for its own session to
      // expire.
      while (!this.#closed && member.isActive()) await this.#attempt(() => this.#fetching(member))
    } finally {
      await closeClient(member)
    }
  }

  async #fetching(member: Consumer | undefined): Promise<void> {
    const fetcher = this.#consumer(this.#options.group ?? 'none', this.#options.fetchClient)
    fetcher.topics.track(this.#options.topic)
    try {
      while (!this.#closed) await this.#hold(fetcher, member)
    } finally {
      await closeClient(fetcher)
    }
  }

  #consumer(groupId: string, client: BaseOptions): Consumer {
    const { topic, sessionTimeoutMs } = this.#options
    let sinceMs = 0
    const consumer: Consumer = new Consumer({
      ...client,
      groupId,
      // The classic protocol, because its timeouts are set by the member: a dead reader is replaced within seconds. The new
      // protocol's are set by the broker, 45 s by default, and its first record comes after a heartbeat of 5 s.
      groupProtocol: 'classic',
      partitionAssigner: oldestFirst,
      protocolsMetadata: (_protocols, _topics, { topics }) => {
        // A member that the group expelled has lost its id, and returns as the youngest.
        if (consumer.memberId === null) sinceMs = Date.now()
        this.#joinedWith = topics.get(topic)?.partitions.length
        // The number adds less than a millisecond, but makes the text differ: a rejoin with unchanged metadata triggers no
        // rebalance.
        return Buffer.from(`${sinceMs}.${this.#joinedWith}`)
      },
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.min(1000, sessionTimeoutMs / 3),
    })
    consumer.on('error', (error) => {
      this.#trouble(error)
      this.#assignment.end()
    })
    return consumer
  }

  /** One assignment: reads our partitions until the group rebalances. */
  async #hold(fetcher: Consumer, member: Consumer | undefined): Promise<void> {
    const assignment = new Assignment(this.#joins)
    this.#assignment = assignment
    if (this.#closed) return
    if (member !== undefined && !member.isActive()) throw new Error('the consumer group was lost')
    const { topic, isInOrder } = this.#options
    const metadata = await askForTopics(fetcher, [topic])
    const { partitions, id } = metadata.topics.get(topic)!
    const assigned =
      member === undefined
        ? partitions.map((_, partition) => partition)
        : (member.assignments?.find((each) => each.topic === topic)?.partitions ?? [])
    const ours = assigned.filter((partition) => !isInOrder || partition === 0)
    const isAnother = this.#topicId !== undefined && this.#topicId !== id
    await this.#findPlaces(fetcher, member, ours, isAnother)
    // Only now: if offsets could not be found, the search is repeated from the beginning.
    this.#topicId = id
    if (isAnother)
      this.#options.onLoss?.('the topic was deleted and made anew: it is read from its beginning')
    this.#partitions = partitions.length
    if (member !== undefined) await this.#commit(member)
    this.#ours = ours
    if (!(await this.#untilDone(assignment, () => this.#options.onShare?.(ours.length)))) return
    this.#failures = 0
    this.#moved()
    this.#ready.resolve()
    this.#report({ state: 'reading' })
    const leaders = Map.groupBy(ours, (partition) => partitions[partition]!.leader)
    const follows = [...leaders].map(([node, followed]) =>
      this.#follow({ assignment, fetcher, member, node, id, followed }),
    )
    try {
      await Promise.all([assignment.ended(), this.#watch(assignment, fetcher, member), ...follows])
    } finally {
      assignment.end()
      // A batch of another leader may still be in progress, or about to be committed.
      await Promise.allSettled(follows)
    }
  }

  /** Kafka does not announce that a topic has more partitions: without this check nobody would read them. */
  async #watch(assignment: Assignment, fetcher: Consumer, member: Consumer | undefined): Promise<void> {
    const { topic } = this.#options
    const known = member === undefined ? this.#partitions : this.#joinedWith
    for (;;) {
      await assignment.pause(LOOK_MS)
      if (assignment.over) return
      // Whether Kafka is reachable shows in the fetches.
      const metadata = await askForTopics(fetcher, [topic]).catch(() => undefined)
      if (assignment.over) return
      if (metadata === undefined || metadata.topics.get(topic)!.partitions.length === known) continue
      if (member === undefined) return assignment.end()
      try {
        await member.joinGroup({})
        return
      } catch (cause) {
        // It no longer sends heartbeats.
        await closeClient(member)
        throw cause
      }
    }
  }

  /** Retries until it succeeds. @returns false if the assignment ended first. @throws Fault for what retrying cannot fix */
  async #untilDone(assignment: Assignment, work: () => Promise<void> | void): Promise<boolean> {
    for (let failures = 0; !assignment.over; ) {
      try {
        await work()
        if (failures > 0) this.#report({ state: 'reading' })
        return true
      } catch (cause) {
        if (!isRetryable(cause)) {
          assignment.end()
          throw new Fault('retrying does not help', { cause })
        }
        this.#report({ state: 'waiting', cause })
        await assignment.pause(backoffMs(++failures, RETRY, Math.random))
      }
    }
    return false
  }

  #moved(): void {
    for (const look of this.#waiting) look()
  }

  async #findPlaces(
    fetcher: Consumer,
    member: Consumer | undefined,
    ours: number[],
    isAnother: boolean,
  ): Promise<void> {
    const { topic, from = 'start', onLoss } = this.#options
    this.#places.keep(ours)
    if (ours.length === 0) return isAnother ? this.#places.recreate(new Map()) : undefined
    const [earliest, latest, committed] = await Promise.all([
      fetcher.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.EARLIEST }),
      fetcher.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST }),
      member &&
        committedPlaces(this.#options.fetchClient, { group: member.groupId, topic, partitions: ours }),
    ])
    const firsts = new Map(ours.map((partition) => [partition, earliest.get(topic)![partition]!]))
    if (isAnother) this.#places.recreate(firsts)
    for (const [partition, first] of firsts) {
      const end = latest.get(topic)![partition]!
      // Everything in a new partition was written since we began.
      const isNew = partition >= (this.#partitions ?? Infinity)
      const begin = from === 'start' || isNew ? first : from === 'end' ? end : BigInt(from)
      const group = committed?.get(partition) ?? NOWHERE
      const loss = this.#places.find(partition, { group, first, end, begin })
      if (loss !== undefined) onLoss?.(loss)
    }
  }

  /** The log lost what we have read from `end` on; newer records have those offsets. */
  #lost(partition: number, end: Committed): void {
    const was = this.#places.next(partition)
    const next = this.#places.lost(partition, end)
    this.#options.onLoss?.(
      `partition ${partition} lost what was written after ${end.offset}, and was read to ${was}: it is read again from ${next}`,
    )
  }

  /** Keeps fetching from one broker the partitions that it leads. */
  async #follow(to: Following): Promise<void> {
    const { assignment, fetcher, member, node, id, followed } = to
    const { once } = this.#options
    while (!assignment.over) {
      const partitions = followed.map((partition) =>
        partitionFrom(
          partition,
          this.#places.next(partition)!,
          PARTITION_BYTES_MAX,
          this.#places.epoch(partition),
        ),
      )
      const askedMs = performance.now()
      const fetch = fetcher.fetch({
        node,
        topics: [{ topicId: id, partitions }],
        minBytes: 1,
        maxBytes: FETCH_BYTES_MAX,
        maxWaitTime: FETCH_WAIT_MS,
        isolationLevel: 0,
      })
      // A fetch in flight when the assignment ends is abandoned; its failure no longer matters.
      const response = await assignment.orEnd(fetch).catch((cause) => {
        if (findErrorBy(cause, 'apiId', 'OFFSET_OUT_OF_RANGE') !== null) this.#places.forgetEpochs()
        throw cause
      })
      if (response === undefined) return
      const wanted = new Map(followed.map((partition) => [partition, this.#places.next(partition)!]))
      const { records, next, diverged, isAtEnd } = decodeFetch(response, wanted)
      for (const [partition, end] of diverged) this.#lost(partition, end)
      if (next.size === 0) {
        if (isAtEnd) this.#askedMs = askedMs
        this.#moved()
        continue
      }
      const { returns } = this.#places
      const isCurrent = () => returns === this.#places.returns
      if (!(await this.#handle(assignment, records, isCurrent)) || !isCurrent()) return
      const isClaimed = once !== undefined && member !== undefined
      if (isClaimed && !(await this.#claim(member, assignment, next))) {
        await assignment.pause(CHANGING_MS)
        continue
      }
      for (const [partition, place] of next) this.#places.handled(partition, place, isClaimed)
      if (isAtEnd) this.#askedMs = askedMs
      if (records.length > 0) once?.(records)
      this.#moved()
      if (member !== undefined) await this.#commit(member)
    }
  }

  /** One batch at a time, whichever broker it came from. Returns false, and skips it, if the assignment ended before its turn. */
  #handle(assignment: Assignment, records: StoredRecord[], isCurrent: () => boolean): Promise<boolean> {
    const turn = this.#hand.then(() =>
      this.#untilDone(assignment, () =>
        records.length === 0 ? undefined : this.#options.handle(records, isCurrent),
      ),
    )
    this.#hand = turn
    return turn
  }

  /**
   * Commits offsets as the only owner. @returns false during a rebalance: then the next owner handles everything up to there. A
   * commit sent before the next join is answered before that join; one answered after it may cover what belongs to another by
   * now.
   */
  async #claim(
    member: Consumer,
    { joins }: Assignment,
    next: ReadonlyMap<number, Committed>,
  ): Promise<boolean> {
    if (joins !== this.#joins) return false
    try {
      await this.#send(
        member,
        [...next].map(([partition, place]) => ({ partition, ...place })),
      )
    } catch (error) {
      if (!isOfGroup(error)) throw error
      return false
    }
    return joins === this.#joins
  }

  #send(member: Consumer, places: readonly (Committed & { partition: number })[]): Promise<void> {
    const { topic } = this.#options
    const offsets = places.map(({ partition, offset, epoch }) => ({
      ...{ topic, partition, offset },
      leaderEpoch: epoch,
    }))
    return member.commit({ offsets })
  }

  /** Commits what was handled and belongs to us. Refused during a rebalance; the next commit repeats it. */
  async #commit(member: Consumer): Promise<void> {
    const { topic } = this.#options
    // Offsets of partitions that another reader has by now are its own to commit.
    const ours = member.assignments?.find((assigned) => assigned.topic === topic)?.partitions ?? []
    const due = this.#places.takeDue(ours)
    if (due.length === 0) return
    try {
      await this.#send(member, due)
    } catch (error) {
      this.#places.refused(due)
      if (!isOfGroup(error)) throw error
      return
    }
    this.#places.committed(due)
  }
}

/** Whether a commit was refused because the group is rebalancing. */
const isOfGroup = (error: unknown): boolean => findErrorBy(error as Error, 'needsRejoin', true) !== null

const waitingFor = (state: ReaderState): string | undefined =>
  state.state === 'waiting' ? state.cause.message : undefined

/**
 * Assigns partitions to members in order of arrival: a new member takes nothing from existing ones if there is nothing to share,
 * so the reader of a single-partition topic stays the same.
 */
const oldestFirst: GroupPartitionsAssigner = (current, members, topics, metadata) => {
  const inOrder = [...members].sort(([, a], [, b]) => cameMs(a) - cameMs(b))
  return roundRobinAssigner(current, new Map(inOrder), topics, metadata)
}

const cameMs = ({ metadata }: ExtendedGroupProtocolSubscription): number => Number(metadata?.toString() ?? 0)

interface Following {
  assignment: Assignment
  fetcher: Consumer
  member: Consumer | undefined
  node: number
  /** Kafka's id of the topic. */
  id: string
  followed: number[]
}
