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
import { refusalAtDoor } from './door.ts'
import { type Goodbye, RELAY_GOODBYES, REVOKED, refusalOf } from './goodbye.ts'
import { channelOf, type Topic } from './topics.ts'
import type { FanOut, Transport } from './transport.ts'

/** Messages of one topic that wait until a crowd is subscribed to it, which takes a second where it is a quarter of a million. */
const HELD_MAX = 256

const NOTHING = new Uint8Array()

/** The connections of an edge and the topics they wait for. Has no socket and no timer of its own. */
export class Hub {
  readonly context: EdgeContext
  /** Transports with native channels add theirs. */
  readonly fanOuts: FanOut[]
  /** How long handing out one message held the process. */
  readonly broadcasts = new Histogram()
  /** Somebody is to look at every socket's backlog, may do so now, does. */
  #lookAgain = false
  #mayLook = true
  #looking = false
  /** Those with a backlog are being looked at. */
  #looksAtSlow = false

  constructor(options: ContextOptions) {
    this.context = edgeContext(options)
    this.fanOuts = [this.context.loop]
  }

  /** Takes a socket. Where nobody may come now its CONNECT is answered with why; undefined: there is no room even for that. */
  connect(transport: Transport): Connection | undefined {
    const { context } = this
    const origins = context.origins.of(transport.address)
    const refusal = refusalAtDoor(context, origins)
    if (refusal === undefined) return new Connection(context, { transport, origins })
    if (context.turnedAway >= context.limits.turnedAwayMax) return undefined
    const why = refusalOf(refusal, { chance: context.random() })
    const turnedAway = context.fleet.directed(why, transport.kind, context.now())
    return new Connection(context, { transport, origins, turnedAway })
  }

  /**
   * Hands a message to everybody who waits for its topic and keeps it where it is to be retained; one that is no news of its
   * topic goes to nobody. Returns the topic; undefined for a message that was dropped: not of a show, or over a limit.
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

  /** Of what was never there nothing is taken back, and no topic is made for it: that would be the work of all who listen. */
  #takesNothingBack({ topic, payload, retain }: Message): boolean {
    return retain && payload.length === 0 && this.context.topics.get(topic) === undefined
  }

  #hand(topic: Topic, message: Message): void {
    if (!this.#holds(topic, message)) this.#take(topic, message)
  }

  /** Whether the message waits, with those of its topic before it. At the bound the oldest is skipped. */
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
    // Viewers have what is only renewed. Whoever passes it on has to know that it is good for longer.
    else this.#publishNews(topic, message, news === 'renewed' ? ['5r'] : DIALECTS)
  }

  /** What was kept of the show's runs before this one is taken back, one poll a turn: each is the work of all who watch. */
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
    this.context.newestMs = this.context.now()
    this.#broadcast(topic, message, dialects)
  }

  /** Publishes what edges say to each other: no message of a show, and not counted. Returns whether it was new. */
  say(name: string, payload: Uint8Array): boolean {
    const topic = this.#topic(name)
    const message = { topic: name, payload, retain: true }
    if (topic === undefined || this.context.topics.keep(topic, message, this.context.now()) !== 'new')
      return false
    this.#broadcast(topic, message, DIALECTS)
    return true
  }

  /** The edges below this one, and itself where viewers can be sent to it. @param state Of this one. */
  edges(id: string, state: EdgeState): Map<string, EdgeReport> {
    const { below, urls, members, turnedAway, limits, now } = this.context
    const edges = new Map(below.entries(now()))
    const connections = members.size - turnedAway
    if (urls.length > 0) edges.set(id, { urls: [...urls], connections, limit: limits.connectionsMax, state })
    return edges
  }

  /** Who watches here and at the edges below, of the shows that are known here. */
  viewers(): Map<string, Viewers> {
    const { census, watching, topics, now } = this.context
    const total = census.total(now())
    for (const [show, viewers] of watching.shows((show) => topics.segments(show)))
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

  /** A topic's first message: those whose filters match are subscribed to it now, and it waits until all are. */
  #tune(topic: Topic): void {
    const { topics, yieldThen } = this.context
    const held: Message[] = []
    topic.held = held
    const release = () => {
      topic.held = undefined
      for (const message of held) {
        // One that was forgotten meanwhile is another topic when it is heard again.
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

  /** Encodes only what somebody is subscribed to, and once. */
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

  /** To be called every `TICK_MS`: ends what was silent or slow for too long. */
  tick(): void {
    const { wheel, slow, missed, now, yieldThen } = this.context
    inTurns(
      inSlices(wheel.advance(now()), (member) => member.wake(now())),
      { yieldThen },
    )
    if (!this.#looksAtSlow) {
      this.#looksAtSlow = true
      inTurns(
        inSlices(slow.keys(), (socket) => slow.look(socket, now())),
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
    if (!context.full || context.members.size > context.limits.connectionsMax * 0.95) return
    context.full = false
    context.onFull(false)
  }

  /** Looks at every socket's backlog, at most once a tick: a fan-out skipped some and does not know which. */
  lookForSlow(): void {
    if (this.#mayLook) this.#look()
    else this.#lookAgain = true
  }

  #look(): void {
    const { members, slow, now, yieldThen } = this.context
    this.#mayLook = false
    this.#lookAgain = false
    this.#looking = true
    inTurns(
      members.inSlices((member) => slow.look(member, now())),
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

  /** Ends the connections whose tokens were revoked, in slices. */
  endRevoked(): Generator<void> {
    return this.context.members.inSlices((member) => {
      if (member.claims.isRevoked?.()) member.end(REVOKED)
    })
  }

  /** Says goodbye to every member, in slices, so that the last packets of the others still go out. */
  close(slice: number, why: Goodbye): Generator<void> {
    return this.context.members.inSlices((member) => member.end(why), slice)
  }
}
