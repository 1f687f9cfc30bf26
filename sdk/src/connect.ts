import { isId } from '../../protocol/ids.ts'
import type {
  EarlierPosts,
  FeedPacket,
  MoodPacket,
  PollPacket,
  PostAnswer,
  RoomPacket,
  ViewersPacket,
} from '../../protocol/packets.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { TOPIC } from '../../protocol/topics.ts'
import { serverAt } from './address.ts'
import { RoarError } from './error.ts'
import { createListeners } from './listeners.ts'
import {
  type ConnectionEvent,
  climbInMs,
  type Status,
  startConnection,
  step,
  type Transport,
} from './machine.ts'
import { watchPage } from './page.ts'
import { ownPlatform, type Platform } from './platform.ts'
import { request, whenAborted } from './request.ts'
import { type BurstEvents, createSender } from './sender.ts'
import { type TokenSource, tokenOf } from './token.ts'
import { transportsOf } from './transports.ts'

export interface ConnectOptions {
  /** The server's address, such as `https://roar.example`, optionally with a path. */
  url: string
  show: string
  /** A viewer's token, or a function that returns or promises the current one. Only posts need one. */
  token?: TokenSource
  /** The segment of this viewer; its moods come as `segment`. */
  segment?: string
  /**
   * How far this viewer's picture is behind the server's clock, in milliseconds; sent with each burst. Default: not sent.
   * `inStep` of `@roar/client/player` provides it.
   */
  delayMs?: () => number | undefined
  /** What to subscribe to, as MQTT filters below `roar/{show}/`. Default: everything of the show, and the own segment's mood. */
  topics?: readonly string[]
  /** The transports to try, best first. Default: all three. */
  transports?: readonly Transport[]
  /** Closes the client when it aborts. */
  signal?: AbortSignal
  /** Called with every event before its listeners. For diagnosis: what it receives may grow. */
  log?: (name: keyof RoarEvents, event: unknown) => void
}

export interface RoarEvents extends BurstEvents {
  /** The window just closed. Older or repeated ones are dropped; after a gap `total` is correct again at once. */
  mood: MoodPacket
  segment: MoodPacket & { segment: string }
  feed: FeedPacket
  poll: PollPacket
  /** Roughly how many viewers watch now, if `topics` includes it. */
  viewers: ViewersPacket
  /** What happened in a room, if `topics` includes `rooms/{channel}`: see `@roar/client/rooms`. */
  rooms: RoomPacket
  /** The show document, on connect and whenever it changes. */
  show: ShowDocument
  status: Status
}

/** The content of a post: a sticker, a text of at most 140 graphemes if the show allows texts, or both. */
export interface PostContent {
  sticker?: string
  text?: string
  /** The id of the post that it replies to. The feed names its author as `replyName`. */
  replyTo?: string
}

type Listener<Name extends keyof RoarEvents> = (event: RoarEvents[Name]) => void

export interface Roar {
  /** Taps a sticker once. Sent with the next burst, whose outcome is `accepted`, `skipped` or `refused`. */
  react(sticker: string): void
  /**
   * Posts under the token's name: a sticker by its id, or `content`. Never sent twice. `held` in the answer: it waits for a
   * moderator. Rejects with `RoarError`: `posts_off`, `text_off`, `text_refused`, `muted`, `too_many_requests` and others.
   */
  post(content: string | PostContent, options?: { room?: string; signal?: AbortSignal }): Promise<PostAnswer>
  /** Calls back on each event of that name, until `signal` aborts. Returns the unsubscribe function. */
  on<Name extends keyof RoarEvents>(
    name: Name,
    listener: Listener<Name>,
    options?: { signal?: AbortSignal },
  ): () => void
  /** The next event of that name. Rejects with the signal's reason when it aborts, and with `closed` when the client is closed. */
  once<Name extends keyof RoarEvents>(
    name: Name,
    options?: { signal?: AbortSignal },
  ): Promise<RoarEvents[Name]>
  /** The show document, as soon as packets arrive. Rejects with `RoarError` if that will never happen: `failed` and `closed`. */
  ready(): Promise<ShowDocument>
  status(): Status
  /** The show document, once known. */
  show(): ShowDocument | undefined
  /** Requests the newest 50 posts, and what was removed: for who came later, or had no connection. Rejects with `RoarError`. */
  feed(): Promise<EarlierPosts>
  /** Closes the connection until `reason` is resumed. Several reasons may be active. Taps are still sent. */
  pause(reason: string): void
  resume(reason: string): void
  /** Retries now, if the client is waiting: for a button. */
  retry(): void
  /** Accepts no more taps and packets; settles when the last taps are answered or given up. */
  drain(): Promise<void>
  /** Stops now. Pending taps are sent without waiting for their answers. */
  close(): void
}

/** A connection that lasted this long resets the backoff. */
const CALM_MS = 45_000
/** A changed show is fetched within this time, at random: all clients learn of it at the same moment. */
const REFETCH_MS_MAX = 2_000
/** Topics whose newest packet is remembered: mood, feed, show, 64 segments and as many polls as a show has. */
const TOPICS_MAX = 256

/** Connects to a show and stays connected. Throws `TypeError` for an invalid address, show or segment. */
export function connect(options: ConnectOptions, platform: Platform = ownPlatform()): Roar {
  const { show, segment, log } = options
  checkId(show)
  checkId(segment ?? show)
  const topics = options.topics ?? [
    'mood',
    'feed',
    'show',
    'polls/+',
    ...(segment ? [`mood/${segment}`] : []),
  ]
  const server = serverAt(options.url)
  const url = `${server}/v1/shows/${show}`
  const token = tokenOf(options.token, platform)
  const { after, random } = platform

  const newest = new Map<string, number>()
  let showDocument: ShowDocument | undefined
  let connection = startConnection(options.transports ?? ['mqtt', 'sse', 'polling'])
  /** Removes the transport and timers of the current status. */
  const leaving: (() => void)[] = []
  let cancelRefetch = () => {}
  const closing = new AbortController()
  const { on, once, emit } = createListeners<RoarEvents>(closing.signal, closedError, log)

  const isClosed = () => closing.signal.aborted

  const transports = transportsOf({ platform, server, url, show, topics, packet: receive })
  const sender = createSender({
    platform,
    url: `${url}/reactions`,
    segment,
    delayMs: options.delayMs,
    token: costsNoPreflight(url) ? token : undefined,
    knows: (sticker) => showDocument?.stickers.some((known) => known.sticker === sticker),
    probe: () => fetchShow(true),
    emit,
  })

  async function fetchShow(fresh?: boolean): Promise<void> {
    const document = await request<ShowDocument>(platform, url, 'flushMs', { fresh })
    sender.pace(document)
    if (isClosed()) return
    const unknown = !showDocument && unknownWish(document)
    if (unknown) throw new RoarError(unknown)
    transports.setAddresses(document.pubsub, document.weight)
    // A cache may be behind what this connection was told; another server at this address may have begun again.
    if (document.version === showDocument?.version || document.version < newest.get('show')!) return
    showDocument = document
    emit('show', document)
  }

  /** The error code for a segment or a topic that the show cannot have: it would never deliver anything. */
  function unknownWish({ segments }: ShowDocument): 'unknown_segment' | 'unknown_topic' | undefined {
    if (segment && !segments.some((known) => known.segment === segment)) return 'unknown_segment'
    return topics.every((topic) => TOPIC.test(topic)) ? undefined : 'unknown_topic'
  }

  function receive(name: string, packet: unknown): void {
    const { at, version } = (packet ?? {}) as { at?: number; version?: number }
    const stamp = (at ?? version)!
    if (isClosed() || !(stamp > (newest.get(name) ?? 0))) return
    if (newest.size >= TOPICS_MAX) newest.clear()
    newest.set(name, stamp)
    const [kind, id] = name.split('/')
    if (kind === 'show') refetch(stamp)
    else if (kind === 'polls') emit('poll', packet as PollPacket)
    else if (kind === 'mood' && id) emit('segment', { ...(packet as MoodPacket), segment: id })
    else if (TOPIC.test(name)) emit(kind as 'feed', packet as never)
  }

  /** A cache may not have the new version yet, so it asks up to four times; the next connect asks again anyway. */
  function refetch(version: number, tries = 0): void {
    if (version === showDocument?.version || tries > 3) return
    cancelRefetch()
    cancelRefetch = after(random() * REFETCH_MS_MAX * 2 ** tries, () => {
      const known = showDocument
      // One that is newer than `version` will do: the news of it is on its way.
      const again = () => showDocument === known && refetch(version, tries + 1)
      fetchShow(true).then(again, again)
    })
  }

  function handle(event: ConnectionEvent): void {
    const before = connection.status
    connection = step(connection, event, random)
    const { status, rung, climbs } = connection
    if (status === before) return
    // An open transport keeps what was set up before it opened.
    if (event.type !== 'opened') for (const leave of leaving.splice(0)) leave()
    sender.hold(status.state === 'paused' && status.reasons.includes('offline'))
    if (status.state === 'connecting') {
      // This may be another server, for instance after a rehearsal: the versions of its show and polls start again.
      for (const [name] of newest) if (/^(show|polls)/.test(name)) newest.delete(name)
      attempt()
    }
    if (status.state === 'waiting') leaving.push(after(status.retryInMs, () => handle({ type: 'due' })))
    if (status.over) {
      leaving.push(after(CALM_MS, () => handle({ type: 'calm' })))
      if (rung) leaving.push(after(climbInMs(climbs, random), () => handle({ type: 'climb' })))
    }
    emit('status', status)
  }

  /** Fetches the show if needed, then opens the transport. */
  function attempt(): void {
    let current = true
    leaving.push(() => {
      current = false
    })
    const { ladder, rung, check } = connection
    const next = (event: ConnectionEvent) => {
      if (current) handle(event)
    }
    const open = () => {
      if (current) leaving.push(transports.open(ladder[rung]!, next))
    }
    const known = showDocument
    /** Requested by a fleet with hardly any room: a crowd that arrives at kick-off has no failures to back off from yet. */
    const spread = () => leaving.push(after(known ? 0 : random() * (showDocument?.jitterMs ?? 0), open))
    if (known && !check) open()
    else fetchShow().then(spread, (error) => next({ type: 'unfetched', error }))
  }

  async function ready(): Promise<ShowDocument> {
    while (!connection.status.over) {
      const { status } = connection
      if (status.state === 'failed') throw new RoarError(status.code as RoarError['code'])
      await once('status')
    }
    return showDocument!
  }

  const pause = (reason: string) => handle({ type: 'pause', reason })
  const resume = (reason: string) => handle({ type: 'resume', reason })
  watchPage({ leave: sender.leave, pause, resume }, platform, closing)
  if (connection.status.state === 'connecting') attempt()

  const close = () => {
    cancelRefetch()
    sender.leave()
    sender.close()
    handle({ type: 'close' })
    closing.abort()
  }
  whenAborted(options.signal, close, closing)

  return {
    react(sticker) {
      checkId(sticker)
      sender.react(sticker)
    },
    async post(content, { room, signal } = {}) {
      if (isClosed()) throw closedError()
      return token.request<PostAnswer>(`${url}/posts`, 'post', {
        body: { ...(content instanceof Object ? content : { sticker: content }), room },
        signal,
      })
    },
    on,
    once,
    ready,
    status: () => connection.status,
    show: () => showDocument,
    feed: () => request(platform, `${url}/feed`, 'posts'),
    pause,
    resume,
    retry: () => handle({ type: 'due' }),
    async drain() {
      handle({ type: 'drain' })
      await sender.drain()
      close()
    },
    close,
  }
}

const closedError = () => new RoarError('closed')

function checkId(id: string): void {
  if (!isId(id)) throw new TypeError(`Not an id ${id}`)
}

/** Whether a token can be sent without a preflight: to the page's own origin, and outside of browsers. */
const costsNoPreflight = (url: string): boolean =>
  !globalThis.location || url.startsWith(`${location.origin}/`)
