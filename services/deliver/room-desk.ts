import type { Logger } from 'pino'
import { type AttendedClock, attendedClock } from '../../adapters/clock/attended-clock.ts'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { RoomWindow } from '../../engine/rooms/room-window.ts'
import type { Room } from '../../engine/rooms/rooms.ts'
import { PRESENCE_HOLDS_MS } from '../../protocol/limits.ts'
import type { RoomPacket } from '../../protocol/packets.ts'
import type { PostRecord } from '../../protocol/records/posts.ts'
import { type RoomMoment, roomMoments } from '../../protocol/records/room-moments.ts'
import type { RoomEvent } from '../../protocol/records/rooms.ts'
import { type RecordReader, readRecords } from '../reader/reader.ts'
import type { RoomDirectory } from '../rooms/room-directory.ts'
import type { Health } from '../supervision/supervisor.ts'

/** How often absent members are dropped. */
const SWEEP_MS = 5_000
/** Members report three times in the time that they are present for; that leaves more than one report to spare. */
const STEP_MS_MAX = PRESENCE_HOLDS_MS / 2

interface RoomDeskOptions {
  log: Log
  rooms: RoomDirectory
  clock: Clock
  logger: Logger
  health: Health
  publish: (show: string, channel: string, packet: RoomPacket) => void
}

/** A room with members present, or with something to publish. */
interface Live {
  show: string
  room: string
  /** Its channel while this process does not know the room yet: as the writer of the post knew it. */
  channel: string
  window: RoomWindow
}

/**
 * Publishes what members of rooms do: every post, taps merged by window, and who is present whenever that changes. It only keeps
 * rooms with members present. After a failover it learns within `PRESENCE_MS` who is present.
 */
export class RoomDesk {
  readonly #options: RoomDeskOptions
  /** What members report is unread while this process stands still. */
  readonly #attended: AttendedClock
  readonly #live = new Map<string, Live>()
  /** Those that may have something to publish. */
  readonly #news = new Set<Live>()
  readonly counters = { posts: 0, packets: 0 }
  #reader: RecordReader | undefined
  #unfollow = () => {}
  #sweptMs = 0

  constructor(options: RoomDeskOptions) {
    this.#options = options
    this.#attended = attendedClock(options.clock, STEP_MS_MAX)
  }

  /** Rooms with members present. */
  get liveRooms(): number {
    return this.#live.size
  }

  /** Starts to read what members do, if it does not yet. */
  start(): void {
    if (this.#reader !== undefined) return
    const { log, logger, health, rooms } = this.#options
    this.#unfollow = rooms.follow((event, before) => this.#heard(event, before))
    this.#reader = readRecords({
      log,
      codec: roomMoments,
      group: 'deliver',
      handle: (batch) => {
        for (const { value } of batch) for (const moment of value.rooms) this.#takeMoment(moment)
      },
      health,
      logger,
    })
  }

  /** Handles a member's post. A post of a member who has been removed meanwhile is not shown. */
  takePost({ show, room: id, channel, ...post }: PostRecord & { room: string }): void {
    const room = this.#options.rooms.find(show, id)
    if (room?.removed.has(post.viewer)) return
    this.#newsOf(show, id, channel ?? id).window.addPost(post)
    this.counters.posts++
  }

  #takeMoment({ show, room: id, present, asks, after, taps }: RoomMoment): void {
    const room = this.#options.rooms.find(show, id)
    if (room === undefined) return
    const { window } = this.#newsOf(show, id, room.channel)
    const passedMs = this.#attended.clock.passedMs()
    for (const viewer of present)
      if (!room.removed.has(viewer) && window.presence.see(viewer, passedMs)) window.tellPresence()
    if (asks) window.tellPresence()
    if (after !== undefined) window.tellAgain(after)
    for (const { sticker, count } of taps) window.addTaps(sticker, count)
  }

  #heard({ kind, show, room: id, viewer }: RoomEvent, before: { channel: string } | undefined): void {
    // A new member is present once it reports, which may be read before the event; another name is news at once.
    if (kind === 'made' || kind === 'joined') {
      const live = this.#live.get(`${show}/${id}`)
      if (live === undefined) return
      live.window.tellPresence()
      this.#news.add(live)
      return
    }
    const live = this.#newsOf(show, id, before!.channel)
    live.window.presence.forget(viewer)
    live.window.tellPresence()
    if (kind !== 'removed') return
    // What happened before is for the members of that time; a removed member receives nothing after it.
    this.#publishOf(live, before!.channel)
    this.#publish(show, before!.channel, live.window.movedPacket(this.#options.clock.now()))
    live.window.forgetPostsOf(viewer)
    live.window.tellPresence()
  }

  #newsOf(show: string, room: string, channel: string): Live {
    const key = `${show}/${room}`
    const live = this.#live.get(key) ?? { show, room, channel, window: new RoomWindow() }
    this.#live.set(key, live)
    live.channel = channel
    this.#news.add(live)
    return live
  }

  /** Publishes whatever is new. */
  publish(): void {
    this.#sweep()
    for (const live of this.#news) this.#publishOf(live)
    this.#news.clear()
  }

  #publishOf(live: Live, channel = this.#roomOf(live)?.channel ?? live.channel): void {
    const packets = live.window.takePackets(this.#options.clock.now(), this.#roomOf(live))
    for (const packet of packets) this.#publish(live.show, channel, packet)
  }

  #roomOf = ({ show, room }: Live): Room | undefined => this.#options.rooms.find(show, room)

  #publish(show: string, channel: string, packet: RoomPacket): void {
    this.counters.packets++
    this.#options.publish(show, channel, packet)
  }

  #sweep(): void {
    this.#attended.tick()
    const passedMs = this.#attended.clock.passedMs()
    if (passedMs - this.#sweptMs < SWEEP_MS) return
    this.#sweptMs = passedMs
    for (const [key, live] of this.#live) {
      const { window } = live
      if (window.presence.sweep(passedMs)) {
        window.tellPresence()
        this.#news.add(live)
      } else if (window.isIdle) this.#live.delete(key)
    }
  }

  /** Stops reading, and drops what was not published. */
  async stop(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    this.#unfollow()
    await reader?.close()
    if (this.#reader !== undefined) return
    // What is read no more is in no trouble.
    this.#options.health.working()
    this.#live.clear()
    this.#news.clear()
  }

  /** Handles everything in this process's log, publishes it, then stops. */
  async drain(): Promise<void> {
    await this.#reader?.close()
    this.publish()
    await this.stop()
  }
}
