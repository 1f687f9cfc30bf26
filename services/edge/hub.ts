import { messageBytes } from '../../adapters/pubsub/message-bytes.ts'
import type { Message } from '../../adapters/pubsub/pubsub.ts'
import { add } from '../../engine/census.ts'
import { inSlices, inTurns } from '../../engine/turns.ts'
import type { EdgeReport, EdgeState } from '../../protocol/fleet.ts'
import { isTopicName } from '../../protocol/mqtt/topic-filter.ts'
import { showOf, showTopic } from '../../protocol/topics.ts'
import type { Viewers } from '../../protocol/viewers.ts'
import { Histogram } from '../measure/histogram.ts'
import { Connection } from './connection.ts'
import { type ContextOptions, type EdgeContext, edgeContext } from './context.ts'
import { DIALECTS, type Dialect, encode } from './dialects.ts'
import { hasRoom, mayTurnAway, refusalAtDoor, viewersMax } from './door.ts'
import { type Goodbye, RELAY_GOODBYES, REVOKED, refusalOf } from './goodbye.ts'
import { channelOf, type Topic } from './topics.ts'
import type { FanOut, Transport } from './transport.ts'

/** Messages of one topic that wait while a crowd is being subscribed to it, which takes a second for a quarter of a million. */
const HELD_MAX = 256

const NOTHING = new Uint8Array()

/** The connections of an edge and the topics that they subscribe to. It has no socket and no timer of its own. */
export class Hub {
  readonly context: EdgeContext
  /** Transports with native channels add theirs. */
  readonly fanOuts: FanOut[]
  /** How long one broadcast blocked the process. */
  readonly broadcasts = new Histogram()
  /** Whether every socket's backlog must be checked, whether that is allowed now, and whether it is in progress. */
  #lookAgain = false
  #mayLook = true
  #looking = false
  /** Whether the slow sockets are being checked. */
  #looksAtSlow = false

  constructor(options: ContextOptions) {
    this.context = edgeContext(options)
    this.fanOuts = [this.context.loop]
  }

  /**
   * Accepts a socket. If nobody is admitted now, its CONNECT is answered with the reason; undefined: there is no room even for
   * that.
   */
  connect(transport: Transport): Connection | undefined {
    const { context } = this
    const origins = context.origins.of(transport.address)
    const refusal = refusalAtDoor(context, origins)
    if (refusal === undefined) return new Connection(context, { transport, origins })
    if (!mayTurnAway(context)) return undefined
    const why = refusalOf(refusal, { chance: context.random() })
    const turnedAway = context.fleet.directed(why, transport.kind, context.passedMs())
    return new Connection(context, { transport, origins, turnedAway })
  }

  /**
   * Sends a message to all subscribers of its topic and stores it if it is retained; one without news for its topic is sent to
   * nobody. Returns the topic; undefined for a dropped message: not of a show, or over a limit.
   */
  publish(message: Message): Topic | undefined {
    const startedMs = performance.now()
    const topic = this.#publish(message)
    this.broadcasts.observe(performance.now() - startedMs)
    return topic
  }

  #publish(message: Message): Topic | undefined {
    const { counters, limits } = this.context
    counters.messages++
    if (this.#takesNothingBack(message)) {
      counters.messagesRepeated++
      return undefined
    }
    const topic = messageBytes(message) > limits.messageBytesMax ? undefined : this.#topic(message.topic)
    if (topic === undefined) counters.messagesDropped++
    else this.#hand(topic, message)
    return topic
  }

  /** Ignores the removal of a value that never existed: creating a topic for it would cost work for all subscribers. */
  #takesNothingBack({ topic, payload, retain }: Message): boolean {
    return retain && payload.length === 0 && this.context.topics.get(topic) === undefined
  }

  #hand(topic: Topic, message: Message): void {
    if (!this.#holds(topic, message)) this.#take(topic, message)
  }

  /** Queues the message behind others of its topic that wait. Beyond the bound the oldest is skipped. */
  #holds({ held }: Topic, message: Message): boolean {
    held?.push(message)
    if (held && held.length > HELD_MAX) held.shift()
    return held !== undefined
  }

  #take(topic: Topic, message: Message): void {
    if (message.retain) this.#publishValue(topic, message)
    else this.#publishNews(topic, message, DIALECTS)
    if (topic.isFeed) this.context.feeds.take(topic.show, message.payload)
  }

  #publishValue(topic: Topic, message: Message): void {
    const { counters, topics, now } = this.context
    const { run } = topic
    const news = topics.keep(topic, message, now())
    if (topic.run > run && topic.name === showTopic(topic.show)) this.#endRuns(topic)
    if (news === 'older') counters.messagesOlder++
    else if (news === 'ahead') counters.messagesAhead++
    else if (news === 'full') counters.messagesDropped++
    else if (news === 'repeated') counters.messagesRepeated++
    // Viewers already have a value that is only renewed. Relays must learn that it is valid for longer.
    else this.#publishNews(topic, message, news === 'renewed' ? ['5r'] : DIALECTS)
  }

  /** Removes what was kept of the show's earlier runs, one topic per turn: each removal is work for every viewer. */
  #endRuns({ show, run }: Topic): void {
    const { topics, feeds, now, yieldThen } = this.context
    feeds.clear(show)
    inTurns(
      inSlices(
        topics.over(show, run, now()),
        (over) => this.#hand(over, { topic: over.name, payload: NOTHING, retain: true }),
        1,
      ),
      { yieldThen },
    )
  }

  #publishNews(topic: Topic, message: Message, dialects: readonly Dialect[]): void {
    this.context.newestMs = this.context.passedMs()
    this.#broadcast(topic, message, dialects)
  }

  /** Publishes a message between edges: not counted, and not of a show. Returns whether it was new. */
  say(name: string, payload: Uint8Array): boolean {
    const topic = this.#topic(name)
    const message = { topic: name, payload, retain: true }
    if (topic === undefined || this.context.topics.keep(topic, message, this.context.now()) !== 'new')
      return false
    this.#broadcast(topic, message, DIALECTS)
    return true
  }

  /** The edges below this one, and this one if viewers can be sent to it. @param state This edge's. */
  edges(id: string, state: EdgeState): Map<string, EdgeReport> {
    const { below, urls, members, turnedAway, passedMs } = this.context
    const edges = new Map(below.entries(passedMs()))
    const connections = members.size - turnedAway
    if (urls.length > 0)
      edges.set(id, { urls: [...urls], connections, limit: viewersMax(this.context), state })
    return edges
  }

  /** Viewers here and at the edges below, of the shows that are known here. */
  viewers(): Map<string, Viewers> {
    const { census, watching, topics, now, passedMs } = this.context
    const total = census.total(passedMs())
    for (const [show, viewers] of watching.shows((show) => topics.segments(show, now())))
      if (topics.count(show) > 0) add(total, show, viewers)
    return total
  }

  #topic(name: string): Topic | undefined {
    const { topics, limits, now } = this.context
    const known = topics.get(name)
    if (known) return known
    const show = name.length <= limits.filterLengthMax && isTopicName(name) ? showOf(name) : undefined
    const topic = show === undefined ? undefined : topics.add(name, show, now())
    if (topic) this.#tune(topic)
    return topic
  }

  /** On a topic's first message: subscribes everybody whose filters match; the message waits until that is done. */
  #tune(topic: Topic): void {
    const { topics, yieldThen } = this.context
    const held: Message[] = []
    topic.held = held
    const release = () => {
      topic.held = undefined
      for (const message of held) {
        // A topic that was forgotten meanwhile is a new one on its next message.
        if (topics.get(topic.name) !== topic) return
        const startedMs = performance.now()
        this.#take(topic, message)
        this.broadcasts.observe(performance.now() - startedMs)
      }
    }
    inTurns(
      inSlices(topics.listeners(topic), (listener) => listener?.tune(topic)),
      { yieldThen, done: release },
    )
  }

  /** Encodes only the dialects with subscribers, each once. */
  #broadcast(topic: Topic, message: Message, dialects: readonly Dialect[]): void {
    const now = this.context.now()
    for (const form of dialects) {
      const channel = channelOf(form, topic.name)
      let bytes: Uint8Array<ArrayBuffer> | undefined
      for (const fanOut of this.fanOuts) {
        if (!fanOut.hears(channel)) continue
        bytes ??= (message.retain ? topic.bytes(form, now) : undefined) ?? encode(form, message, now)
        fanOut.publish({ channel, bytes, retained: message.retain ? { topic, form } : undefined })
      }
    }
  }

  /** Must be called every `TICK_MS`: ends connections that were silent or slow for too long. */
  tick(): void {
    const { wheel, slow, missed, passedMs, yieldThen } = this.context
    inTurns(
      inSlices(wheel.advance(passedMs()), (member) => member.wake(passedMs())),
      { yieldThen },
    )
    if (!this.#looksAtSlow) {
      this.#looksAtSlow = true
      inTurns(
        inSlices(slow.keys(), (socket) => slow.look(socket, passedMs())),
        {
          yieldThen,
          done: () => {
            this.#looksAtSlow = false
          },
        },
      )
    }
    this.#mayLook = !this.#looking
    if (this.#lookAgain && this.#mayLook) this.#look()
    if (slow.size === 0 && !this.#looking) missed.clear()
    this.#lookForRoom()
  }

  #lookForRoom(): void {
    const { context } = this
    if (!context.full || !hasRoom(context)) return
    context.full = false
    context.onFull(false)
  }

  /** Checks every socket's backlog, at most once a tick: a fan-out skipped some and does not know which. */
  lookForSlow(): void {
    if (this.#mayLook) this.#look()
    else this.#lookAgain = true
  }

  #look(): void {
    const { members, slow, passedMs, yieldThen } = this.context
    this.#mayLook = false
    this.#lookAgain = false
    this.#looking = true
    inTurns(
      members.inSlices((member) => slow.look(member, passedMs())),
      {
        yieldThen,
        done: () => {
          this.#looking = false
        },
      },
    )
  }

  /** Sends the relays to another parent. */
  endRelays(): void {
    for (const relay of this.context.relays) relay.end(RELAY_GOODBYES.rootless)
  }

  /** Ends the connections whose tokens were revoked or have expired, in slices. */
  endInvalid(): Generator<void> {
    return this.context.members.inSlices((member) => {
      if (member.claims.isRevoked?.()) member.end(REVOKED)
      else member.endIfExpired()
    })
  }

  /** Closes every member, in slices, so that the last packets of the others still get out. */
  close(slice: number, why: Goodbye): Generator<void> {
    return this.context.members.inSlices((member) => member.end(why), slice)
  }
}
