import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { type Room, type RoomOutcome, Rooms } from '../../engine/rooms/rooms.ts'
import { RoarError } from '../../protocol/errors.ts'
import { type RoomEvent, rooms } from '../../protocol/records/rooms.ts'
import { showStateOf } from '../../protocol/show.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { type RecordReader, readRecords } from '../reader/reader.ts'
import type { Health } from '../supervision/supervisor.ts'

/** How long this process may take to read back what it wrote. */
const HEARD_WITHIN_MS = 5_000
/** How often rooms that are too old, or whose show has ended, are dropped. Calls refuse them at once. */
const SWEEP_MS = 30_000

interface RoomDirectoryOptions {
  log: Log
  directory: ShowDirectory
  clock: Clock
  logger: Logger
  health: Health
}

/** Called with an event that changed something, and the channel to which the room's members are still subscribed. */
export type RoomListener = (event: RoomEvent, before: { channel: string } | undefined) => void

/**
 * Every room as the log defines it, in each process that accepts or publishes what members do. An action takes effect once it is
 * read back from the log, so of two who join for the last place one is told that the room is full.
 */
export class RoomDirectory {
  readonly #options: RoomDirectoryOptions
  readonly #rooms = new Rooms()
  readonly #waiting = new Map<string, (outcome: RoomOutcome) => void>()
  readonly #listeners = new Set<RoomListener>()
  readonly #reader: RecordReader
  /** Whether every room is known: until then nobody may be told that theirs does not exist. */
  #isWhole = false
  #cancelSweep = () => {}

  constructor(options: RoomDirectoryOptions) {
    const { log, logger, health } = options
    this.#options = options
    this.#reader = readRecords({
      log,
      codec: rooms,
      handle: (batch) => {
        for (const { value } of batch) this.#take(value)
      },
      health,
      logger,
    })
    this.#reader.caughtUp().then(
      () => (this.#isWhole = true),
      // The log was closed before.
      () => {},
    )
    this.#sweepLater()
  }

  caughtUp(): Promise<void> {
    return this.#reader.caughtUp()
  }

  get count(): number {
    return this.#rooms.count
  }

  get memberships(): number {
    return this.#rooms.memberships
  }

  find(show: string, room: string): Room | undefined {
    return this.#rooms.find(show, room)
  }

  /** @throws RoarError unknown_room, removed_from_room, not_a_member, log_unavailable */
  ofMember(show: string, id: string, viewer: string): Room {
    this.#checkWhole()
    const room = this.#rooms.find(show, id)
    if (room === undefined) throw refusalOf('unknown_room')
    if (room.members.has(viewer)) return room
    throw refusalOf(room.removed.has(viewer) ? 'removed_from_room' : 'not_a_member')
  }

  /**
   * Writes an action, and waits until it is read back. One that cannot take effect is not written. Returns whether it changed
   * anything.
   * @throws RoarError log_unavailable and every `RoomRefusal`
   */
  async write(event: Omit<RoomEvent, 'id' | 'at'>): Promise<'changed' | 'same'> {
    this.#checkWhole()
    const { clock, log } = this.#options
    const written = { ...event, id: crypto.randomUUID(), at: clock.now() }
    const expected = this.#rooms.judge(written)
    const outcome = expected === 'changed' ? await this.#written(written, log) : expected
    if (outcome !== 'changed' && outcome !== 'same') throw refusalOf(outcome)
    return outcome
  }

  #checkWhole(): void {
    if (!this.#isWhole) throw new RoarError('log_unavailable', 'the rooms are still being read')
  }

  async #written(event: RoomEvent, log: Log): Promise<RoomOutcome> {
    const heard = Promise.withResolvers<RoomOutcome>()
    this.#waiting.set(event.id, heard.resolve)
    const cancel = this.#options.clock.after(HEARD_WITHIN_MS, () =>
      heard.reject(new RoarError('log_unavailable', 'it is in the log, but was not confirmed in time')),
    )
    // It may reject while the append is still awaited.
    heard.promise.catch(() => {})
    try {
      await log.append('rooms', [rooms.encode(event)])
      return await heard.promise
    } finally {
      cancel()
      this.#waiting.delete(event.id)
    }
  }

  #take(event: RoomEvent): void {
    const room = this.#rooms.find(event.show, event.room)
    const before = room && { channel: room.channel }
    const outcome = this.#rooms.apply(event)
    // What happened before a start is no news.
    if (outcome === 'changed' && this.#isWhole)
      for (const listener of this.#listeners) listener(event, before)
    this.#waiting.get(event.id)?.(outcome)
  }

  /** Calls back with each event that changes something from now on. Returns the unsubscribe function. */
  follow(listener: RoomListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      this.#sweepLater()
      this.sweep()
    })
  }

  /** Drops rooms that are over. */
  sweep(): void {
    const { clock, directory } = this.#options
    const now = clock.now()
    this.#rooms.sweep(now, (name) => {
      const view = directory.filed(name)
      return directory.isWiped(name) || (view !== undefined && showStateOf(view.show, now) === 'ended')
    })
  }

  close(): Promise<void> {
    this.#cancelSweep()
    return this.#reader.close()
  }
}

const WORDS = {
  unknown_room: 'there is no such room, or it is over',
  unknown_link: 'the invite is not the one that holds now',
  removed_from_room: 'the owner of the room has removed this viewer',
  room_full: 'the room has as many members as a room may have',
  too_many_rooms: 'this viewer, the show or the server has as many rooms as there may be',
  not_a_member: 'this viewer is not in the room',
  forbidden: 'only the owner of the room may remove others',
} as const

const refusalOf = (code: keyof typeof WORDS): RoarError => new RoarError(code, WORDS[code])
