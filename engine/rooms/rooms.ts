import type { ErrorCode } from '../../protocol/errors.ts'
import {
  MEMBERSHIPS_MAX,
  ROOM_MEMBERS_MAX,
  ROOM_MS_MAX,
  ROOM_REMOVED_MAX,
  ROOMS_A_SHOW_MAX,
  ROOMS_A_VIEWER_MAX,
  ROOMS_MAX,
} from '../../protocol/limits.ts'
import type { RoomEvent } from '../../protocol/records/rooms.ts'

/** A watch party: its members, and those who were removed. */
export interface Room {
  readonly show: string
  readonly room: string
  /** When it was created. */
  readonly at: number
  owner: string
  invite: string
  channel: string
  /** Names by viewer, in the order of joining. */
  readonly members: Map<string, string>
  /** Those whom the owner removed, newest last, at most `ROOM_REMOVED_MAX`. */
  readonly removed: Set<string>
}

/** Why an event changes nothing. */
export type RoomRefusal = Extract<
  ErrorCode,
  | 'unknown_room'
  | 'unknown_link'
  | 'removed_from_room'
  | 'room_full'
  | 'too_many_rooms'
  | 'not_a_member'
  | 'forbidden'
>

/** The outcome of an event. `same`: nothing to change. */
export type RoomOutcome = RoomRefusal | 'changed' | 'same'

interface RoomsOfShow {
  rooms: Map<string, Room>
  /** In how many rooms each viewer is. */
  viewers: Map<string, number>
}

export interface RoomLimits {
  membersMax: number
  roomsAViewerMax: number
  roomsAShowMax: number
  roomsMax: number
  membershipsMax: number
  removedMax: number
}

const LIMITS: RoomLimits = {
  membersMax: ROOM_MEMBERS_MAX,
  roomsAViewerMax: ROOMS_A_VIEWER_MAX,
  roomsAShowMax: ROOMS_A_SHOW_MAX,
  roomsMax: ROOMS_MAX,
  membershipsMax: MEMBERSHIPS_MAX,
  removedMax: ROOM_REMOVED_MAX,
}

/**
 * All rooms, as the log's events define them. Every process that reads the same events in the same order has the same rooms, so who came
 * hundred-and-first, or by an invite that was just replaced, is decided once, by their order.
 *
 * ```
 * made ──▶ room of its owner ── joined, left, removed ──▶ … ── the last one left, its show ended, five days ──▶ over
 *                                       └─ new invite, new channel: a removed member can neither rejoin nor listen
 * ```
 */
export class Rooms {
  readonly #limits: RoomLimits
  readonly #shows = new Map<string, RoomsOfShow>()
  #rooms = 0
  #memberships = 0

  constructor(limits: Partial<RoomLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits }
  }

  get count(): number {
    return this.#rooms
  }

  /** The sum over all rooms: a viewer in two rooms counts twice. */
  get memberships(): number {
    return this.#memberships
  }

  find(show: string, room: string): Room | undefined {
    return this.#shows.get(show)?.rooms.get(room)
  }

  /** The outcome that an event would have now. */
  judge(event: RoomEvent): RoomOutcome {
    const room = this.find(event.show, event.room)
    if (event.kind === 'made') return room === undefined ? (this.#noSeat(event) ?? 'changed') : 'same'
    if (room === undefined) return 'unknown_room'
    const name = room.members.get(event.viewer)
    const isMember = name !== undefined
    switch (event.kind) {
      case 'joined':
        // Joining again under another name renames the member.
        if (isMember) return name === event.name ? 'same' : 'changed'
        return this.#noEntry(room, event) ?? 'changed'
      case 'left':
        return isMember ? 'changed' : 'not_a_member'
      case 'removed':
        if (event.by !== room.owner || event.viewer === room.owner) return 'forbidden'
        if (isMember) return 'changed'
        return room.removed.has(event.viewer) ? 'same' : 'not_a_member'
    }
  }

  #noEntry(room: Room, event: RoomEvent): RoomRefusal | undefined {
    if (room.removed.has(event.viewer)) return 'removed_from_room'
    if (event.invite !== room.invite) return 'unknown_link'
    return room.members.size >= this.#limits.membersMax ? 'room_full' : this.#noSeat(event)
  }

  /** Whether a limit forbids one more membership of this viewer or, for a new room, one more room. */
  #noSeat({ show, viewer, kind }: RoomEvent): 'too_many_rooms' | undefined {
    const { roomsMax, roomsAShowMax, roomsAViewerMax, membershipsMax } = this.#limits
    const { rooms, viewers } = this.#shows.get(show) ?? {}
    const noRoom = kind === 'made' && (this.#rooms >= roomsMax || (rooms?.size ?? 0) >= roomsAShowMax)
    const noMore = (viewers?.get(viewer) ?? 0) >= roomsAViewerMax || this.#memberships >= membershipsMax
    return noRoom || noMore ? 'too_many_rooms' : undefined
  }

  apply(event: RoomEvent): RoomOutcome {
    const outcome = this.judge(event)
    if (outcome !== 'changed') return outcome
    const { kind, viewer } = event
    if (kind === 'made') this.#make(event)
    const room = this.find(event.show, event.room)!
    if (kind === 'made' || kind === 'joined') this.#enter(room, event)
    else this.#leave(room, viewer)
    if (kind === 'removed') this.#shutOut(room, event)
    return 'changed'
  }

  #make({ show, room, viewer, invite, channel, at }: RoomEvent): void {
    const ofShow = this.#shows.get(show) ?? { rooms: new Map(), viewers: new Map() }
    this.#shows.set(show, ofShow)
    ofShow.rooms.set(room, {
      ...{ show, room, at, owner: viewer, invite, channel },
      members: new Map(),
      removed: new Set(),
    })
    this.#rooms++
  }

  #enter({ show, members }: Room, { viewer, name }: RoomEvent): void {
    const { viewers } = this.#shows.get(show)!
    const isNew = !members.has(viewer)
    members.set(viewer, name)
    if (!isNew) return
    viewers.set(viewer, (viewers.get(viewer) ?? 0) + 1)
    this.#memberships++
  }

  /** The owner is the member who joined first; an empty room ends. */
  #leave(room: Room, viewer: string): void {
    room.members.delete(viewer)
    this.#forget(room.show, viewer)
    const [eldest] = room.members.keys()
    if (eldest === undefined) this.#end(room)
    else room.owner = eldest
  }

  #shutOut(room: Room, { viewer, invite, channel }: RoomEvent): void {
    room.invite = invite
    room.channel = channel
    room.removed.add(viewer)
    if (room.removed.size > this.#limits.removedMax) room.removed.delete(room.removed.values().next().value!)
  }

  #forget(show: string, viewer: string): void {
    const { viewers } = this.#shows.get(show)!
    const left = viewers.get(viewer)! - 1
    if (left > 0) viewers.set(viewer, left)
    else viewers.delete(viewer)
    this.#memberships--
  }

  #end({ show, room, members }: Room): void {
    for (const viewer of members.keys()) this.#forget(show, viewer)
    const { rooms } = this.#shows.get(show)!
    rooms.delete(room)
    this.#rooms--
    if (rooms.size === 0) this.#shows.delete(show)
  }

  /** Ends rooms that are too old, and those whose show has ended. Returns them. */
  sweep(now: number, isOver: (show: string) => boolean): Room[] {
    const over: Room[] = []
    for (const [show, { rooms }] of this.#shows) {
      const all = isOver(show)
      for (const room of rooms.values()) if (all || now - room.at >= ROOM_MS_MAX) over.push(room)
    }
    for (const room of over) this.#end(room)
    return over
  }
}
