import type { Post, PostAnswer, PostContent, Roar, RoarError, ShowDocument } from '../../sdk/src/index.ts'
import { type Room, type RoomEvents, rooms } from '../../sdk/src/rooms/index.ts'
import type { FeedView } from '../feed/feed-view.ts'
import type { Timeline } from '../feed/timeline.ts'
import type { GuestIdentity } from '../guest/guest-identity.ts'
import type { Swarm } from '../swarm/swarm.ts'
import { enRooms } from '../words/en-rooms.ts'
import type { Key, Words } from '../words/words.ts'
import type { Invitation } from './invitation.ts'
import { invitationIn, linkOf } from './invitation.ts'
import { RoomSheet } from './room-sheet.ts'
import { RoomTabs } from './room-tabs.ts'

export interface PartyOptions {
  url: string
  show: string
  /** The feed's section: gets the tabs, and `data-room` while the viewer is in a room. */
  host: HTMLElement
  /** Containers of everyone's posts and of the room's. */
  everyone: HTMLElement
  own: HTMLElement
  /** What the friends' swarm rises over. */
  over: Element
  /** Code that a room needs and the page has loaded already. */
  parts: {
    FeedView: typeof FeedView
    GuestIdentity: typeof GuestIdentity
    Swarm: typeof Swarm
    Timeline: typeof Timeline
    reducedMotion(): boolean
  }
  name(): string
  /** A post is to be answered. */
  onReply(post: string, name: string): void
  /** The page's connection must also subscribe to this topic, or to no room any more; then it calls `follow`. */
  onTopic(topic: string | undefined): void
  /** Shows a sentence in the page's place for messages. */
  note(text: string): void
  kept(key: string): string | undefined
  keep(key: string, value: string | undefined): void
  /** The page's words, so that the language is set in one place. */
  words: Words
  /** Told which room this viewer is in, and when it is none. */
  entry: { entered(room: string | undefined): void }
}

type Ears = Pick<Roar, 'on' | 'status'>

/** One viewer's room on the page: its tab in the feed, its members, the invitation, the friends' own swarm. */
export class Party {
  readonly #options: PartyOptions
  readonly #tabs: RoomTabs
  readonly #sheet: RoomSheet
  readonly #swarm: Swarm
  readonly #member: GuestIdentity
  readonly #ears = new Map<string, ((event: never) => void)[]>()
  readonly #rooms
  readonly timeline: Timeline
  readonly feed: FeedView
  #client: Roar | undefined
  #room: Room | undefined
  #present: RoomEvents['present'] = []

  constructor(options: PartyOptions) {
    const { url, show, host, over, own, parts, words, kept, keep, onReply } = options
    const { say } = words
    this.#options = options
    words.learn(enRooms)
    // Renaming oneself for posts makes another guest; in a room one stays the same.
    this.#member = new parts.GuestIdentity({ url, key: 'member', kept, keep })
    this.#rooms = rooms({ url, show, token: this.#member.token, listen: (topic) => this.#listen(topic) })
    this.#tabs = new RoomTabs({
      host: host.querySelector('.feed-head')!,
      say,
      onChosen: () => this.#show(),
      onPeople: () => this.#openSheet(),
    })
    this.#sheet = new RoomSheet({
      say,
      onRemove: (viewer) => this.#try(() => this.#room!.remove(viewer)),
      onLeave: () => this.#try(() => this.#leave()),
      onJoin: (invitation, name) => this.#try(() => this.#join(invitation, name)),
    })
    this.#swarm = new parts.Swarm({
      url,
      host: document.body,
      over,
      still: parts.reducedMotion,
      side: 'start',
    })
    this.timeline = new parts.Timeline()
    this.feed = new parts.FeedView({
      host: own,
      timeline: this.timeline,
      url,
      say,
      empty: 'roomEmpty',
      onReply,
      onHide: (viewer) => this.feed.remove(this.timeline.hide([viewer])),
      onShowAll: () => {},
    })
    // A new room is known to be empty.
    this.feed.apply([])
  }

  get isIn(): boolean {
    return this.#room !== undefined
  }

  /** Whether posts go to the room. */
  get isOpen(): boolean {
    return this.isIn && this.#tabs.chosen === 'room'
  }

  get name(): string {
    const { you, members } = this.#room!.document()
    return members.find(({ viewer }) => viewer === you)?.name ?? ''
  }

  /** Creates a room and shows the invitation. */
  async make(): Promise<void> {
    await this.#try(async () => {
      await this.#become()
      this.#enter(await this.#rooms.make(this.#options.name() || undefined))
      this.#openSheet()
    })
  }

  /** Asks whether to join, and under which name. */
  async invite(fragment: string): Promise<void> {
    const { name, note, words } = this.#options
    const invitation = invitationIn(fragment)
    if (invitation) this.#sheet.ask(invitation, name())
    else note(words.say('roomLinkOld'))
  }

  /** Returns to an earlier room. */
  async enter(room: string): Promise<void> {
    await this.#try(async () => this.#enter(await this.#rooms.enter(room)))
  }

  async #join({ room, invite }: Invitation, name: string): Promise<void> {
    await this.#become()
    this.#enter(await this.#rooms.join(room, invite, name || undefined))
    history.replaceState(null, '', location.pathname + location.search)
    this.#sheet.close()
  }

  /** A room member stays the same guest under any name. */
  async #become(): Promise<void> {
    if (this.#member.viewer === '') await this.#member.become(this.#options.name())
  }

  async #leave(): Promise<void> {
    await this.#room!.leave()
    this.#out()
  }

  #enter(room: Room): void {
    // A second press on a slow line joins again: the first membership gives way to the second.
    this.#room?.close()
    this.#room = room
    const { entry, host, note, words } = this.#options
    this.timeline.setViewer(room.document().you)
    room.on('posts', (posts) => this.#hear(posts))
    room.on('taps', (taps) => this.#rise(taps))
    room.on('present', (members) => this.#see(members))
    room.on('room', () => this.#showPeople())
    room.on('ended', (code) => {
      note(words.say(WORDS[code] ?? 'roomGone'))
      this.#out()
    })
    host.dataset.room = 'in'
    this.#present = []
    this.#tabs.choose('room')
    this.#showPeople()
    entry.entered(room.document().room)
  }

  #out(): void {
    const { host, entry, onTopic } = this.#options
    this.#room = undefined
    host.removeAttribute('data-room')
    this.feed.remove(this.timeline.clear())
    this.#tabs.choose('everyone')
    this.#sheet.close()
    entry.entered(undefined)
    onTopic(undefined)
  }

  /** Changes the viewer's name in the room. */
  rename(name: string): void {
    void this.#try(() => this.#room!.rename(name))
  }

  post(content: PostContent): Promise<PostAnswer> {
    return this.#room!.post(content)
  }

  /** Friends see each other's taps: this viewer's are drawn already. */
  react(sticker: string): void {
    this.#swarm.expectOwn(sticker)
    this.#room!.react(sticker)
  }

  setStickers(stickers: ShowDocument['stickers']): void {
    this.feed.setStickers(stickers)
    this.#swarm.setStickers(stickers)
  }

  speak(): void {
    this.feed.speak()
    this.#tabs.speak()
    this.#showPeople()
  }

  /** The page has a new connection: the room's topic is received there. */
  follow(client: Roar): void {
    this.#client = client
    const hear = (name: 'rooms' | 'status') =>
      client.on(name, (event) => {
        if (this.#client === client) for (const ear of this.#ears.get(name) ?? []) ear(event as never)
      })
    hear('rooms')
    hear('status')
    client.on('status', (status) => {
      const isDeaf = status.over && status.over !== 'mqtt'
      if (this.#client === client && this.isIn && isDeaf)
        this.#options.note(this.#options.words.say('roomDeaf'))
    })
  }

  #listen(topic: string): Ears {
    this.#ears.clear()
    // The current connection does not subscribe to it yet.
    this.#client = undefined
    const ears: Ears = {
      on: (name, listener) => {
        this.#ears.set(name, [...(this.#ears.get(name) ?? []), listener as (event: never) => void])
        return () => {}
      },
      status: () => this.#client?.status() ?? { state: 'connecting' },
    }
    // After the room has these listeners.
    queueMicrotask(() => this.#options.onTopic(topic))
    return ears
  }

  #hear(posts: readonly Post[]): void {
    this.feed.apply(posts.flatMap((post) => this.timeline.receive(post)))
    if (!this.isOpen) this.#tabs.addNews(posts.length)
  }

  #rise(taps: RoomEvents['taps']): void {
    const top = taps.map(
      ([sticker, count]) => [sticker, count, Math.min(count, DRAWN_MAX)] as [string, number, number],
    )
    this.#swarm.packet({ ms: SPREAD_MS, top })
  }

  #see(members: RoomEvents['present']): void {
    this.#present = members
    this.#showPeople()
  }

  #showPeople(): void {
    if (this.#room === undefined) return
    const known = this.#room.document()
    const here = new Set(this.#present.map(({ viewer }) => viewer))
    // Newcomers are reported present before the room document has them.
    const came = this.#present.filter(({ viewer }) =>
      known.members.every((member) => member.viewer !== viewer),
    )
    const document = { ...known, members: [...known.members, ...came] }
    this.#tabs.setHere(here.size)
    this.#sheet.show({ document, here, link: linkOf(location.href, document) })
  }

  #openSheet(): void {
    this.#showPeople()
    this.#sheet.open()
  }

  #show(): void {
    const { everyone, own } = this.#options
    const isRoom = this.isOpen
    everyone.hidden = isRoom
    own.hidden = !isRoom
    if (isRoom) this.feed.toEnd()
  }

  /** Runs what may fail, and shows the failure. If the room has ended, the room itself says so. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      const { code } = cause as RoarError
      const words = this.#options.words.say(WORDS[code] ?? 'roomFailed')
      this.#sheet.note(words)
      this.#options.note(words)
      if (this.#room === undefined && WORDS[code] !== undefined) this.#options.entry.entered(undefined)
    }
  }
}

/** Stickers of one kind drawn per packet, and over how long they rise: half a second, as ingest's slices. */
const DRAWN_MAX = 12
const SPREAD_MS = 500

const WORDS: Partial<Record<string, Key>> = {
  unknown_room: 'roomGone',
  show_ended: 'showEnded',
  unknown_link: 'roomLinkOld',
  not_a_member: 'roomGone',
  removed_from_room: 'roomRemoved',
  room_full: 'roomFull',
  too_many_rooms: 'roomTooMany',
  rooms_off: 'roomsOff',
  guests_not_allowed: 'postGuests',
}
