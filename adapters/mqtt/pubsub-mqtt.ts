import { ErrorWithReasonCode, type MqttClient } from 'mqtt'
import { isTopicName } from '../../protocol/mqtt/topic-filter.ts'
import { type Clock, systemClock } from '../clock/clock.ts'
import { NewestMessages } from '../pubsub/newest-messages.ts'
import { Overlap } from '../pubsub/overlap.ts'
import type { LeaveOptions, Message, PubSub, PubSubState } from '../pubsub/pubsub.ts'
import { fromPacket, toPacket } from './message-properties.ts'
import { ANSWER_MS, type BrokerOptions, type BrokerTls, keepLink, type Link } from './mqtt-link.ts'
import { Refusals } from './refusals.ts'

export interface MqttPubSubOptions {
  /**
   * `mqtt://`, `mqtts://`, `ws://` or `wss://`; several, separated by commas, are tried in turn. The broker must support MQTT 5.
   */
  url: string
  /** TLS options; called for each connection. Default: the system's authorities, and no certificate. */
  tls?: () => BrokerTls
  /**
   * Only subscribes, as everything below a broker or another edge does: no connection for publishing, and it returns to the first
   * of several addresses when that is reachable again. Default false.
   */
  subscribesOnly?: boolean
  /** Prefix of its client ids. Default `roar`. */
  clientId?: string
  clock?: Clock
  /** From 0 to 1. Spreads reconnects after a loss. */
  random?: () => number
  /**
   * Topics whose newest retained message may wait for the broker. Beyond it further topics' are dropped and counted. Default
   * 100,000.
   */
  waitingMax?: number
  /** Messages not acknowledged by the broker. Beyond it retained ones wait, others are dropped and counted. Default 1,000. */
  unacknowledgedMax?: number
  /** How long `close` waits for the broker to acknowledge, in milliseconds. Default 5,000. */
  closeMs?: number
  /** Called with refused subscriptions and errors of listeners. Default: an unhandled rejection. */
  onFault?: (cause: unknown) => void
  /** Called with the reason why a connection failed or was lost. Default: ignored. */
  onTrouble?: (cause: Error) => void
  /**
   * Called when the broker refuses some of what is published, and with undefined once it accepts everything. Default: nothing.
   */
  onRefusal?: (cause: Error | undefined) => void
}

/**
 * Reasons for refusing a message whoever sends it, independent of the broker's rules: the topic's name, the payload's format
 * [MQTT-3.4.2-1].
 */
const NEVER_TAKEN: ReadonlySet<number> = new Set([0x90, 0x99])

/** The broker refused our subscription. It is retried with backoff. */
export class SubscriptionRefused extends Error {
  constructor(filter: string, cause: unknown) {
    super(`the subscription to ${filter} was refused`, { cause })
    this.name = 'SubscriptionRefused'
  }
}

/**
 * PubSub over an MQTT broker. Publishes with QoS 1. Every subscription has a connection of its own: brokers differ in what they
 * send for overlapping filters, and in when they repeat retained values. After a loss a subscription receives all retained values
 * again, the same packets or newer ones. It is `up` while all its subscriptions are in force.
 */
export function mqttPubSub({
  url,
  tls,
  subscribesOnly = false,
  clientId,
  clock = systemClock,
  random = Math.random,
  waitingMax = 100_000,
  unacknowledgedMax = 1_000,
  closeMs = 5_000,
  onFault = (cause) => void Promise.reject(cause),
  onTrouble,
  onRefusal = () => {},
}: MqttPubSubOptions): PubSub {
  const broker: BrokerOptions = { url, tls, clientId, clock, random, onTrouble, climbs: subscribesOnly }
  const publisher = subscribesOnly
    ? undefined
    : new Publisher(broker, { waitingMax, unacknowledgedMax, onState: () => tell(), onRefusal })
  const subscribers = new Set<Subscriber>()
  const stateListeners = new Set<(state: PubSubState) => void>()
  let told: PubSubState = 'down'

  const state = (): PubSubState => {
    const all = publisher === undefined ? [...subscribers] : [publisher, ...subscribers]
    return all.length > 0 && all.every(({ up, isOptional }) => up || isOptional) ? 'up' : 'down'
  }

  const tell = (): void => {
    const now = state()
    if (now === told) return
    told = now
    for (const listener of stateListeners) listener(now)
  }

  return {
    publish(message) {
      if (publisher === undefined) throw new Error('this PubSub only subscribes')
      publisher.publish(message)
    },
    report({ topic, payload }) {
      const [client] = [publisher, ...subscribers].flatMap((link) => link?.client() ?? [])
      client?.publish(topic, Buffer.from(payload), { qos: 0 })
    },
    subscribe(filter, onMessage, { isOptional = false } = {}) {
      const subscriber = new Subscriber(broker, {
        filter,
        onMessage,
        isOptional,
        onState: tell,
        onFault: isOptional ? () => {} : onFault,
      })
      subscribers.add(subscriber)
      tell()
      return () => {
        if (!subscribers.delete(subscriber)) return
        subscriber.close().catch(onFault)
        tell()
      }
    },
    state,
    onState(listener) {
      stateListeners.add(listener)
      return () => void stateListeners.delete(listener)
    },
    leave(why, options) {
      for (const subscriber of subscribers) subscriber.leave(why, options)
    },
    counters: () => publisher?.counters() ?? { dropped: 0, waiting: 0 },
    async close() {
      const links = [...subscribers]
      subscribers.clear()
      stateListeners.clear()
      await publisher?.drain(clock, closeMs)
      await Promise.all([publisher?.close(), ...links.map((subscriber) => subscriber.close())])
    },
  }
}

/** Whether every broker accepts the topic: control characters and noncharacters are allowed, but a reason to disconnect. */
const isPublishable = (topic: string): boolean =>
  isTopicName(topic) && !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(topic) && topic.isWellFormed()

/** Whoever publishes it does so again once PubSub is `up`: by then others may have published newer ones. */
const isPublishedAgain = ({ retain, isCurrent }: Message): boolean => retain && isCurrent !== undefined

/** Publishes to the broker. Retained messages without acknowledgement wait, the newest of each topic. */
class Publisher {
  readonly isOptional = false
  readonly #link: Link
  readonly #clock: Clock
  readonly #unacknowledgedMax: number
  readonly #waiting: NewestMessages
  readonly #unacknowledged = new Set<Message>()
  readonly #refusals: Refusals
  #dropped = 0
  #closed = false
  #onEmpty = () => {}
  /** When the broker last acknowledged something, or was sent something when it had nothing to acknowledge. */
  #acknowledgedMs = 0
  #cancelLook = () => {}

  constructor(
    broker: BrokerOptions,
    {
      waitingMax,
      unacknowledgedMax,
      onState,
      onRefusal,
    }: {
      waitingMax: number
      unacknowledgedMax: number
      onState: () => void
      onRefusal: (cause: Error | undefined) => void
    },
  ) {
    this.#refusals = new Refusals({
      ...{ clock: broker.clock, topicsMax: waitingMax, onChange: onRefusal },
      again: (messages) => {
        // Waiting messages are newer than refused ones.
        this.#queue([...messages, ...this.#waiting.take()])
        this.#sendWaiting()
      },
    })
    this.#clock = broker.clock
    this.#waiting = new NewestMessages(waitingMax)
    this.#unacknowledgedMax = unacknowledgedMax
    this.#link = keepLink(broker, {
      onUp: () => {
        this.#sendWaiting()
        this.#cancelLook = broker.clock.after(ANSWER_MS, () => this.#lookForAnswers())
        onState()
      },
      onDown: () => {
        this.#cancelLook()
        this.#takeBack()
        onState()
      },
    })
  }

  get up(): boolean {
    return this.client() !== undefined
  }

  /**
   * Disconnects from a broker that answers everything but PUBLISH: another address may work, or the same one after a reconnect.
   */
  #lookForAnswers(): void {
    const waitedMs = this.#unacknowledged.size === 0 ? 0 : this.#clock.passedMs() - this.#acknowledgedMs
    if (waitedMs < ANSWER_MS)
      this.#cancelLook = this.#clock.after(ANSWER_MS - waitedMs, () => this.#lookForAnswers())
    else this.#link.leave('what was published was not acknowledged in time', { onlyForAnother: false })
  }

  client(): MqttClient | undefined {
    return this.#link.client()
  }

  publish(message: Message): void {
    if (this.#closed) return
    // A broker would disconnect for it, each time it is sent (MQTT-1.5.4, MQTT-4.7.3).
    if (!isPublishable(message.topic)) {
      this.#dropped++
      return
    }
    if (this.#refusals.hold(message)) return
    const client = this.#link.client()
    // Queues behind an older message of its topic, so that they stay in order.
    if (client && this.#unacknowledged.size < this.#unacknowledgedMax && !this.#waiting.has(message.topic)) {
      this.#send(client, message)
    } else if (client || !isPublishedAgain(message)) this.#queue([message])
  }

  #send(client: MqttClient, message: Message): void {
    const { topic, payload, retain } = message
    const properties = toPacket(message.properties, this.#clock.now())
    if (properties === 'expired') return
    if (this.#unacknowledged.size === 0) this.#acknowledgedMs = this.#clock.passedMs()
    this.#unacknowledged.add(message)
    client.publish(topic, Buffer.from(payload), { qos: 1, retain, ...properties }, (error) => {
      // Without a reason code the connection was lost, and `onDown` requeues the message.
      if (error && !(error instanceof ErrorWithReasonCode)) return
      if (!this.#unacknowledged.delete(message)) return
      this.#acknowledgedMs = this.#clock.passedMs()
      if (!error) this.#refusals.taken(topic)
      else if (!this.#isKept(message, error)) this.#dropped++
      this.#sendWaiting()
    })
  }

  #isKept(message: Message, { code, message: reason }: ErrorWithReasonCode): boolean {
    // After `drain` or `close` nothing is published again.
    if (this.#closed || NEVER_TAKEN.has(code)) return false
    const cause = new Error(`the broker refuses what is published to ${message.topic}: ${reason}`)
    return this.#refusals.add(message, cause)
  }

  #sendWaiting(): void {
    const client = this.#link.client()
    for (const message of this.#waiting.values()) {
      if (client === undefined || this.#unacknowledged.size >= this.#unacknowledgedMax) return
      this.#waiting.delete(message.topic)
      if (message.isCurrent?.() === false) this.#dropped++
      else this.#send(client, message)
    }
    if (this.#unacknowledged.size === 0) this.#onEmpty()
  }

  /** It is unknown whether the broker has these: the newest retained one of each topic is sent again. */
  #takeBack(): void {
    const { sent, newer: held } = this.#refusals.end()
    const lost = [...sent, ...this.#unacknowledged, ...held, ...this.#waiting.take()]
    this.#unacknowledged.clear()
    this.#queue(lost.filter((message) => !isPublishedAgain(message)))
  }

  /** Queues the newest retained message of each topic. @param messages Oldest first */
  #queue(messages: Message[]): void {
    for (const message of messages) if (!message.retain || !this.#waiting.set(message)) this.#dropped++
  }

  counters(): { dropped: number; waiting: number } {
    return { dropped: this.#dropped, waiting: this.#waiting.size + this.#refusals.size }
  }

  /** Settles when the broker has everything, or after `ms`. Accepts nothing more. */
  async drain(clock: Clock, ms: number): Promise<void> {
    this.#closed = true
    // It was refused a moment ago and is not published again.
    this.#dropped += this.#refusals.size
    this.#refusals.end()
    if (this.#unacknowledged.size === 0 && this.#waiting.size === 0) return
    await new Promise<void>((resolve) => {
      const cancel = clock.after(ms, resolve)
      this.#onEmpty = () => {
        cancel()
        resolve()
      }
    })
  }

  close(): Promise<void> {
    this.#closed = true
    this.#cancelLook()
    return this.#link.close()
  }
}

/** One filter on a connection of its own. */
class Subscriber {
  readonly isOptional: boolean
  readonly #link: Link
  readonly #overlap = new Overlap()
  #inForce = false
  #closed = false

  constructor(
    broker: BrokerOptions,
    {
      filter,
      onMessage,
      isOptional,
      onState,
      onFault,
    }: {
      filter: string
      onMessage: (message: Message) => void
      isOptional: boolean
      onState: () => void
      onFault: (cause: unknown) => void
    },
  ) {
    this.isOptional = isOptional
    this.#link = keepLink(broker, {
      onUp: (client, use) => {
        client.on('message', (topic, payload, { retain, properties }) => {
          if (this.#closed || this.#link.client() !== client) return
          const now = broker.clock.now()
          if (
            !retain &&
            this.#overlap.isRepeated(`${Bun.hash(payload, BigInt(Bun.hash(topic)))}`, broker.clock.passedMs())
          )
            return
          try {
            onMessage({ topic, payload, retain, ...fromPacket(properties, now) })
          } catch (cause) {
            onFault(cause)
          }
        })
        // The broker may answer everything else, and there may be another address.
        const cancelLate = broker.clock.after(ANSWER_MS, () => {
          broker.onTrouble?.(new Error(`the subscription to ${filter} was not answered in time`))
          client.end(true)
        })
        client.once('close', cancelLate)
        // Retain As Published: otherwise a value to be kept looks like one that is not. [MQTT-3.3.1-13]
        client.subscribe(filter, { qos: 1, rap: true }, (error, granted) => {
          cancelLate()
          const refused = error ?? granted?.find(({ qos }) => qos >= 0x80)
          if (refused) {
            // A loss while waiting for SUBACK is no refusal, and a subscription still in force elsewhere misses nothing.
            if (this.#link.client() === client) onFault(new SubscriptionRefused(filter, refused))
            // Its rules may change: the next connection tries again.
            client.end(true)
            return
          }
          use()
          this.#overlap.changed(broker.clock.passedMs())
          this.#inForce = true
          onState()
        })
      },
      onDown: () => {
        this.#inForce = false
        onState()
      },
    })
  }

  get up(): boolean {
    return this.#inForce
  }

  client(): MqttClient | undefined {
    return this.#link.client()
  }

  leave(why: string, options: LeaveOptions): void {
    this.#link.leave(why, options)
  }

  close(): Promise<void> {
    this.#closed = true
    return this.#link.close()
  }
}
