import { isId } from '../../protocol/ids.ts'
import type { FeedPacket, MoodPacket, PollPacket, PostAnswer } from '../../protocol/packets.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { TOPIC_ROOT } from '../../protocol/topics.ts'
import { serverAt } from './address.ts'
import { RoarError } from './error.ts'
import type { LinkEvents, Loss } from './link.ts'
import {
  type Connection,
  type ConnectionEvent,
  climbInMs,
  type Status,
  startConnection,
  step,
  type Transport,
} from './machine.ts'
import { openMqtt } from './mqtt.ts'
import { watchPage } from './page.ts'
import { ownPlatform, type Platform } from './platform.ts'
import { openPolling } from './polling.ts'
import { request } from './request.ts'
import { type BurstEvents, createSender } from './sender.ts'
import { openSse } from './sse.ts'
import { type TokenSource, tokenOf } from './token.ts'

export interface ConnectOptions {
  /** The server's address, such as `https://roar.example`, with its path where it has one. */
  url: string
  show: string
  /** A viewer's token, or a function that gives or promises the one that holds now. Only posts need one. */
  token?: TokenSource
  /** The slice of the audience that this viewer stands in; its moods come as `segment`. */
  segment?: string
  /** What to listen to, as MQTT filters below `roar/{show}/`. Default: everything of the show, and the own segment's mood. */
  topics?: readonly string[]
  /** The transports to try, best first. Default: all three. */
  transports?: readonly Transport[]
}

export interface RoarEvents extends BurstEvents {
  /** The window just closed. Older or repeated ones never come; after a gap `total` is right again at once. */
  mood: MoodPacket
  segment: MoodPacket & { segment: string }
  feed: FeedPacket
  poll: PollPacket
  /** The show document, on connect and whenever it changed. */
  show: ShowDocument
  status: Status
}

export interface Roar {
  /** Taps a sticker once. Sent with the next burst; what becomes of it comes as `accepted`, `skipped` or `refused`. */
  react(sticker: string): void
  /** Posts a sticker under the token's name. Never sent twice. Rejects with `RoarError`. */
  post(sticker: string, options?: { room?: string }): Promise<PostAnswer>
  /** Calls back on each event of that name. Returns the unsubscribe function. */
  on<Name extends keyof RoarEvents>(name: Name, listener: (event: RoarEvents[Name]) => void): () => void
  status(): Status
  /** The show document, once it is there. */
  show(): ShowDocument | undefined
  /** Lets the connection go until the reason is resumed. Several reasons hold side by side. Taps are still sent. */
  pause(reason: string): void
  resume(reason: string): void
  /** No more taps and packets; settles when the last taps have their answer or are given up. */
  drain(): Promise<void>
  /** Stops now. Taps that wait are sent, and nobody waits for their answers. */
  close(): void
}

/** A connection that held this long starts its backoff anew. */
const CALM_MS = 45_000
/** A changed show is fetched within this time, at random: everybody hears of it in the same moment. */
const REFETCH_MS_MAX = 2_000
/** Topics whose newest packet is remembered: mood, feed, show, 64 segments and as many polls as a night has. */
const TOPICS_MAX = 256

/**
 * Connects to a show and stays connected. Throws `TypeError` for an address that is none, and for a show or a segment that
 * cannot be an id.
 */
export function connect(options: ConnectOptions, platform: Platform = ownPlatform()): Roar {
  const { show, segment, transports = ['mqtt', 'sse', 'polling'] } = options
  checkId(show)
  if (segment !== undefined) checkId(segment)
  const topics = options.topics ?? [
    'mood',
    'feed',
    'show',
    'polls/+',
    ...(segment ? [`mood/${segment}`] : []),
  ]
  const url = `${serverAt(options.url)}/v1/shows/${show}`
  const token = tokenOf(options.token, platform)
  const { after, random } = platform

  const listeners = new Map<string, Set<(event: never) => void>>()
  const newest = new Map<string, number>()
  let showDocument: ShowDocument | undefined
  let addresses: string[] = []
  let connection = startConnection(transports)
  /** MQTT addresses that failed in a row. */
  let tried = 0
  /** Takes the transport and the timers of the current status away. */
  let leaveStatus = () => {}
  let cancelRefetch = () => {}

  const emit = <Name extends keyof RoarEvents>(name: Name, event: RoarEvents[Name]): void => {
    for (const listener of listeners.get(name) ?? []) {
      try {
        ;(listener as (event: RoarEvents[Name]) => void)(event)
      } catch (cause) {
        // A listener's mistake is its owner's: it shows up as uncaught and disturbs nobody else.
        queueMicrotask(() => {
          throw cause
        })
      }
    }
  }
  const closed = () => connection.status.state === 'closed'

  async function fetchShow(fresh = false): Promise<void> {
    const document = await request<ShowDocument>(platform, url, { fresh })
    if (closed()) return
    const known = showDocument
    if (!known) checkWishes(document, options)
    sender.pace(document.flushMs)
    if (String(document.pubsub) !== String(known?.pubsub)) {
      addresses = shuffle(
        document.pubsub.filter((address) => /^wss?:/.test(address)),
        random,
      )
    }
    if (known && document.version <= known.version) return
    showDocument = document
    emit('show', document)
  }

  const sender = createSender({
    platform,
    url: `${url}/reactions`,
    segment,
    token: costsNoPreflight(url) ? token : undefined,
    knows: (sticker) => !showDocument || showDocument.stickers.some((known) => known.sticker === sticker),
    probe: () => fetchShow(true),
    emit,
  })

  function receive(name: string, packet: unknown): void {
    const { at, version } = (packet ?? {}) as { at?: number; version?: number }
    const stamp = at ?? version
    if (closed() || typeof stamp !== 'number' || stamp <= (newest.get(name) ?? -1)) return
    if (newest.size >= TOPICS_MAX) newest.clear()
    newest.set(name, stamp)
    const [kind, id] = name.split('/')
    if (kind === 'mood' && id) emit('segment', { segment: id, ...(packet as MoodPacket) })
    else if (kind === 'mood') emit('mood', packet as MoodPacket)
    else if (kind === 'feed') emit('feed', packet as FeedPacket)
    else if (kind === 'polls') emit('poll', packet as PollPacket)
    else if (kind === 'show') refetch(stamp)
  }

  /** A cache on the way may not know the new version yet, so it asks up to four times; the next connect asks again anyway. */
  function refetch(version: number, tries = 0): void {
    if (!showDocument || version <= showDocument.version || tries > 3) return
    cancelRefetch()
    cancelRefetch = after(random() * REFETCH_MS_MAX * 2 ** tries, () => {
      const again = () => refetch(version, tries + 1)
      fetchShow(true).then(again, again)
    })
  }

  function handle(event: ConnectionEvent): void {
    const before = connection.status
    connection = step(connection, event, random)
    const { status } = connection
    if (status === before) return
    if (event.type !== 'opened') leaveStatus()
    sender.hold(status.state === 'paused' && status.reasons.includes('offline'))
    enter(connection)
    emit('status', status)
  }

  function enter({ status, rung, climbs }: Connection): void {
    switch (status.state) {
      case 'connecting':
        attempt()
        break
      case 'waiting':
        leaveStatus = after(status.retryInMs, () => handle({ type: 'due' }))
        break
      case 'live':
      case 'polling': {
        const close = leaveStatus
        const calm = after(CALM_MS, () => handle({ type: 'calm' }))
        const climb = rung > 0 ? after(climbInMs(climbs, random), () => handle({ type: 'climb' })) : () => {}
        leaveStatus = () => {
          close()
          calm()
          climb()
        }
        break
      }
      default:
        leaveStatus = () => {}
    }
  }

  /** Fetches the show where that is due, then opens the transport. */
  function attempt(): void {
    let current = true
    let close = () => {}
    leaveStatus = () => {
      current = false
      close()
    }
    const { ladder, rung, check } = connection
    const tell = (event: ConnectionEvent) => {
      if (current) handle(event)
    }
    const open = () => {
      if (current) close = openTransport(ladder[rung]!, tell)
    }
    if (showDocument && !check) open()
    else {
      fetchShow().then(open, ({ retryable, retryAfterMs, code }: RoarError) =>
        tell(retryable ? { type: 'unreachable', retryAfterMs } : { type: 'refused', code }),
      )
    }
  }

  function openTransport(transport: Transport, tell: (event: ConnectionEvent) => void): () => void {
    const events: LinkEvents = {
      opened: () => tell({ type: 'opened' }),
      packet: receive,
      lost: (loss) => tell({ type: 'lost', ...loss }),
    }
    if (transport === 'sse')
      return openSse(platform, `${url}/events${segment ? `?segment=${segment}` : ''}`, events)
    if (transport === 'polling') return openPolling(platform, `${url}/mood`, events)
    return openNextAddress(events, tell)
  }

  /** Each address gets its turn before MQTT counts as failed; one that must not be asked again leaves the list. */
  function openNextAddress(events: LinkEvents, tell: (event: ConnectionEvent) => void): () => void {
    const address = addresses.shift()
    if (!address || !platform.WebSocket) {
      tell({ type: 'unusable' })
      return () => {}
    }
    addresses.push(address)
    const opened = () => {
      tried = 0
      events.opened()
    }
    const lost = ({ next }: Loss) => {
      if (next === 'give-up') addresses = addresses.filter((other) => other !== address)
      else tried++
      const more = tried < addresses.length
      if (!more) tried = 0
      tell({ type: 'lost', next: next === 'give-up' && addresses.length > 0 ? 'reconnect' : next, more })
    }
    try {
      return openMqtt(
        platform,
        { url: address, prefix: `${TOPIC_ROOT}/${show}/`, topics },
        { ...events, opened, lost },
      )
    } catch {
      // The browser forbids this address: ws: from a page that came by https.
      lost({ next: 'give-up' })
      return () => {}
    }
  }

  const leave = () => sender.leave()
  const pause = (reason: string) => handle({ type: 'pause', reason })
  const resume = (reason: string) => handle({ type: 'resume', reason })
  const stopWatching = watchPage({ leave, pause, resume }, after)
  if (connection.status.state === 'connecting') attempt()

  return {
    react(sticker) {
      checkId(sticker)
      sender.react(sticker)
    },
    async post(sticker, { room } = {}) {
      checkId(sticker)
      if (closed()) throw new RoarError('closed', 'The client is closed')
      return token.request(`${url}/posts`, { body: { sticker, room } })
    },
    on(name, listener) {
      const all = listeners.get(name) ?? new Set()
      listeners.set(name, all.add(listener))
      return () => all.delete(listener)
    },
    status: () => connection.status,
    show: () => showDocument,
    pause,
    resume,
    async drain() {
      stopWatching()
      cancelRefetch()
      handle({ type: 'drain' })
      await sender.drain()
      handle({ type: 'close' })
    },
    close() {
      stopWatching()
      cancelRefetch()
      sender.leave()
      sender.close()
      handle({ type: 'close' })
    },
  }
}

const TOPIC = /^(#|[+]|feed|show|viewers|mood|(mood|polls|rooms|[+])\/(#|[+]|[a-z0-9][a-z0-9-]*))$/

/** A segment or a topic that the show cannot have would be waited for in vain. */
function checkWishes({ segments }: ShowDocument, { segment, topics = [] }: ConnectOptions): void {
  const has = (wanted: string) => segments.some((known) => known.segment === wanted)
  if (segment && !has(segment))
    throw new RoarError('unknown_segment', `The show has no segment ${segment}`, { status: 400 })
  for (const topic of topics) {
    const [, ofSegment] = /^mood\/(\w.*)/.exec(topic) ?? []
    if (!TOPIC.test(topic) || (ofSegment && !has(ofSegment)))
      throw new RoarError('unknown_topic', `The show has no topic ${topic}`, { status: 400 })
  }
}

function checkId(id: string): void {
  if (!isId(id)) throw new TypeError(`Not an id: ${id}`)
}

/** Every viewer in an order of its own, so that the addresses share the crowd. */
function shuffle(addresses: string[], random: () => number): string[] {
  return addresses
    .map((address) => ({ address, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ address }) => address)
}

/** Whether a token may go along without the browser asking the server first: to the page's own origin, and where there is no page. */
const costsNoPreflight = (url: string): boolean =>
  typeof location === 'undefined' || new URL(url).origin === location.origin
