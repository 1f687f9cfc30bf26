import type {
  Post,
  PostAnswer,
  PresenceAnswer,
  PresenceRequest,
  RoomDocument,
  RoomMember,
  RoomPacket,
} from '../../../protocol/packets.ts'
import type { PostContent, Roar } from '../connect.ts'
import { type ClientErrorCode, RoarError } from '../error.ts'
import { createListeners } from '../listeners.ts'
import type { Platform } from '../platform.ts'
import { waitingTaps } from '../taps.ts'
import type { Token } from '../token.ts'

export interface Listening {
  /**
   * Returns a client with `topic` among its `topics`: `connect({ url, show, topics: [topic], signal })`. Called on entering a
   * room, and again when its channel changes; then `signal` aborts, which must close the previous client.
   */
  listen(topic: string, signal: AbortSignal): Pick<Roar, 'on' | 'status'>
}

export interface RoomEvents {
  /** Posts of the members, each once; own ones, too. */
  posts: readonly Post[]
  /** Taps of all members since the last event, by sticker; own taps, too. */
  taps: readonly [sticker: string, count: number][]
  /** Who is present now. */
  present: readonly RoomMember[]
  /** The room, when its members, its owner or its invite may have changed. */
  room: RoomDocument
  /** The room has ended for this viewer: `removed_from_room`, `unknown_room`, `show_ended`, `rooms_off`, … The last event. */
  ended: ClientErrorCode
}

export interface Room {
  /** The last known document. */
  document(): RoomDocument
  /** Posts to the room: a sticker by its id, or `content`. Rejects with `RoarError`. */
  post(content: string | PostContent, options?: { signal?: AbortSignal }): Promise<PostAnswer>
  /** Shows a tap to the room. The show counts it only through `react` of its own client. */
  react(sticker: string): void
  /** As a guest: changes the name in the room. Rejects with `RoarError`. */
  rename(name: string): Promise<void>
  /** As the owner: removes a member for good; the invite changes. Rejects with `RoarError`. */
  remove(viewer: string): Promise<void>
  /** Leaves for good. Rejects with `RoarError`. */
  leave(): Promise<void>
  on<Name extends keyof RoomEvents>(name: Name, listener: (event: RoomEvents[Name]) => void): () => void
  /** Stops listening and being present, but remains a member. */
  close(): void
}

/** How often taps are sent: as those of the show. */
const TAPS_MS = 1_000
/** How soon an unanswered presence report is retried: well before the member counts as absent. */
const AGAIN_MS = 5_000
/** All members learn of a change at the same moment; each asks within this time, at random. */
const REFETCH_MS_MAX = 1_000
/** How far the clocks of two servers may differ. */
const CLOCKS_MS = 5_000
/** Posts that are remembered, to drop repeats. */
const IDS_MAX = 500
/** Final codes. The second kind may be temporary, while another server has not read the event yet. */
const FINAL = /^(removed_from_room|show_ended|rooms_off|guests_not_allowed)$/
const UNHEARD = /^(not_a_member|unknown_room)$/

interface Options extends Listening {
  platform: Platform
  token: Token
  /** The room's address. */
  url: string
  postsUrl: string
  document: RoomDocument
}

/** A room with a subscription, until it is closed or ends. */
export function openRoom({ platform, token, url, postsUrl, document: first, listen }: Options): Room {
  const { after, random } = platform
  const { on, emit } = createListeners<RoomEvents>()
  const taps = waitingTaps()
  const ids = new Set<string>()
  let document = first
  let listening = new AbortController()
  let closed = false
  let unheard = 0
  /** The newest post's time: later ones are requested again after a disconnect, and recent ones by a new member. */
  let newestMs = 0
  let cancelPresence = () => {}
  let cancelTaps: (() => void) | undefined
  let cancelRefetch = () => {}

  function open(): void {
    listening.abort()
    listening = new AbortController()
    const { signal } = listening
    const roar = listen(`rooms/${document.channel}`, signal)
    const greet = () => {
      if (!signal.aborted && roar.status().state === 'live') void hello()
    }
    roar.on('rooms', (packet) => !signal.aborted && hear(packet))
    roar.on('status', greet)
    greet()
  }

  /** Packets arrive from now on: requests what came before, and who is present. */
  async function hello(): Promise<void> {
    await refetch()
    await bePresent({ asks: true, after: Math.max(0, newestMs - CLOCKS_MS) })
  }

  function hear({ posts, taps, present, owner, moved }: RoomPacket): void {
    if (closed) return
    const fresh = posts.filter(({ id }) => !ids.has(id))
    for (const { id, at } of fresh) {
      newestMs = Math.max(newestMs, at)
      ids.add(id)
      if (ids.size > IDS_MAX) ids.delete(ids.values().next().value!)
    }
    if (fresh.length > 0) emit('posts', fresh)
    if (taps) emit('taps', taps)
    if (present) emit('present', present)
    const isUnknown = ({ viewer, name }: RoomMember) =>
      !document.members.some((known) => known.viewer === viewer && known.name === name)
    if (moved || (owner && owner !== document.owner) || present?.some(isUnknown)) refetchSoon()
  }

  function refetchSoon(): void {
    cancelRefetch()
    cancelRefetch = after(random() * REFETCH_MS_MAX, () => void refetch())
  }

  async function refetch(): Promise<void> {
    const answer = await asking<RoomDocument>(url, 'members')
    if (answer !== undefined) take(answer)
  }

  function take(newer: RoomDocument): void {
    if (closed) return
    const { channel } = document
    document = newer
    emit('room', document)
    if (document.channel !== channel) open()
  }

  async function bePresent(request: PresenceRequest): Promise<void> {
    cancelPresence()
    const answer = await asking<PresenceAnswer>(`${url}/presence`, 'everyMs', request)
    cancelPresence()
    cancelPresence = closed ? () => {} : after(answer?.everyMs ?? AGAIN_MS, () => void bePresent({}))
  }

  /** A request as the member; undefined if there is no answer, or the room has ended. */
  async function asking<Answer>(url: string, has: keyof Answer, body?: object): Promise<Answer | undefined> {
    if (closed) return undefined
    try {
      const answer = await token.request(url, has, { body })
      unheard = 0
      return answer
    } catch (cause) {
      const { code } = cause as RoarError
      unheard = UNHEARD.test(code) ? unheard + 1 : 0
      if (FINAL.test(code) || unheard > 1) end(code)
      return undefined
    }
  }

  const leaves = (viewer: string) =>
    token.request<{ removed: string }>(`${url}/members/${encodeURIComponent(viewer)}/remove`, 'removed', {
      body: {},
    })

  function end(code: ClientErrorCode): void {
    if (closed) return
    close()
    emit('ended', code)
  }

  function close(): void {
    closed = true
    listening.abort()
    for (const cancel of [cancelPresence, cancelRefetch, cancelTaps]) cancel?.()
  }

  function sendTaps(): void {
    cancelTaps = undefined
    const stickers = taps.take()
    if (taps.size() > 0) cancelTaps = after(TAPS_MS, sendTaps)
    void bePresent({ stickers })
  }

  open()
  return {
    document: () => document,
    async post(content, { signal } = {}) {
      if (closed) throw new RoarError('closed', 'Closed')
      const body = { ...(content instanceof Object ? content : { sticker: content }), room: document.room }
      return token.request<PostAnswer>(postsUrl, 'post', { body, signal })
    },
    react(sticker) {
      taps.add(sticker, 1)
      if (!closed) cancelTaps ??= after(TAPS_MS, sendTaps)
    },
    async rename(name) {
      const body = { invite: document.invite, name }
      take(await token.request<RoomDocument>(`${url}/members`, 'members', { body }))
    },
    async remove(viewer) {
      await leaves(viewer)
      await refetch()
    },
    async leave() {
      await leaves(document.you)
      close()
    },
    on,
    close,
  }
}
