import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ROOM_MEMBERS_MAX, ROOM_MS_MAX } from '../../protocol/limits.ts'
import type { RoomEvent } from '../../protocol/records/rooms.ts'
import { type RoomOutcome, Rooms } from './rooms.ts'

const LIMITS = {
  membersMax: 3,
  roomsAViewerMax: 2,
  roomsAShowMax: 3,
  roomsMax: 4,
  membershipsMax: 8,
  removedMax: 2,
}
/** More of them with SEEDS=n. */
const RUNS = 300 * Number(process.env.SEEDS ?? 1)

const of = (event: Partial<RoomEvent>): RoomEvent => ({
  ...{ show: 'final', room: 'r', id: 'x', kind: 'joined', viewer: 'ada', name: 'Ada', by: '' },
  ...{ invite: 'i', channel: '', at: 0 },
  ...event,
})
const made = (event: Partial<RoomEvent> = {}) => of({ kind: 'made', channel: event.room ?? 'r', ...event })

/** The rooms after these events, and what came of the last. */
function after(...events: RoomEvent[]): { rooms: Rooms; outcome: RoomOutcome } {
  const rooms = new Rooms(LIMITS)
  const outcomes = events.map((event) => rooms.apply(event))
  return { rooms, outcome: outcomes.at(-1)! }
}
const removed = (viewer: string, event: Partial<RoomEvent> = {}) =>
  of({ kind: 'removed', viewer, by: 'ada', invite: 'i2', channel: 'c2', ...event })

test('whoever has the invite is in; a second time changes nothing', () => {
  const { rooms, outcome } = after(
    made(),
    of({ viewer: 'ben', name: 'Ben' }),
    of({ viewer: 'ben', name: 'Ben' }),
  )
  expect(outcome).toBe('same')
  expect([...rooms.find('final', 'r')!.members]).toEqual([
    ['ada', 'Ada'],
    ['ben', 'Ben'],
  ])
})

test('whoever joins again under another name has it from then on, in the same place', () => {
  const { rooms, outcome } = after(made(), of({ viewer: 'ben' }), of({ name: 'Ada Quill', invite: 'any' }))
  expect(outcome).toBe('changed')
  expect([...rooms.find('final', 'r')!.members.values()]).toEqual(['Ada Quill', 'Ada'])
  expect(rooms.memberships).toBe(2)
})

test('without the invite, and without a room, nobody is in', () => {
  expect(after(made(), of({ viewer: 'ben', invite: 'guess' })).outcome).toBe('unknown_link')
  expect(after(of({ viewer: 'ben' })).outcome).toBe('unknown_room')
  expect(after(made(), of({ viewer: 'ben', show: 'other' })).outcome).toBe('unknown_room')
})

test('a full room takes nobody, and a place that was left takes one', () => {
  const full = [made(), of({ viewer: 'b' }), of({ viewer: 'c' })]
  expect(after(...full, of({ viewer: 'd' })).outcome).toBe('room_full')
  expect(after(...full, of({ kind: 'left', viewer: 'b' }), of({ viewer: 'd' })).outcome).toBe('changed')
})

test('whoever is removed stays out, under any invite and, by the old invite, under any name', () => {
  const out = [made(), of({ viewer: 'ben' }), removed('ben')]
  expect(after(...out, of({ viewer: 'ben', invite: 'i2' })).outcome).toBe('removed_from_room')
  expect(after(...out, of({ viewer: 'ben-again' })).outcome).toBe('unknown_link')
  expect(after(...out, of({ viewer: 'cat', invite: 'i2' })).outcome).toBe('changed')
  expect(after(...out).rooms.find('final', 'r')).toMatchObject({ channel: 'c2', invite: 'i2' })
  expect(after(...out, removed('ben', { channel: 'c3' })).outcome).toBe('same')
})

test('the owner alone removes, and not themselves', () => {
  const two = [made(), of({ viewer: 'ben' })]
  expect(after(...two, removed('ada', { by: 'ben' })).outcome).toBe('forbidden')
  expect(after(...two, removed('ada')).outcome).toBe('forbidden')
  expect(after(...two, removed('cat')).outcome).toBe('not_a_member')
})

test('a room whose owner left is of whoever was in it longest, and without anybody it is over', () => {
  const left = [made(), of({ viewer: 'ben' }), of({ viewer: 'cat' }), of({ kind: 'left' })]
  expect(after(...left).rooms.find('final', 'r')!.owner).toBe('ben')
  const over = after(made(), of({ kind: 'left' }))
  expect([over.rooms.find('final', 'r'), over.rooms.count, over.rooms.memberships]).toEqual([undefined, 0, 0])
})

test('a viewer, a show and the installation have so many rooms and no more', () => {
  const mine = [made(), made({ room: 's' })]
  expect(after(...mine, made({ room: 't' })).outcome).toBe('too_many_rooms')
  expect(after(...mine, made({ room: 't', show: 'other' })).outcome).toBe('changed')
  const show = [...mine, made({ room: 't', viewer: 'ben' })]
  expect(after(...show, made({ room: 'u', viewer: 'cat' })).outcome).toBe('too_many_rooms')
  const all = [...show, made({ room: 'u', show: 'other' })]
  expect(after(...all, made({ room: 'v', show: 'third' })).outcome).toBe('too_many_rooms')
})

test('who leaves one of two rooms may join one other, and no third', () => {
  const two = [
    made(),
    made({ room: 's', viewer: 'ben' }),
    of({ room: 's' }),
    made({ room: 't', viewer: 'cat' }),
  ]
  expect(after(...two, of({ room: 't' })).outcome).toBe('too_many_rooms')
  const left = [...two, of({ kind: 'left', room: 's' }), of({ room: 't' })]
  expect(after(...left).outcome).toBe('changed')
  expect(after(...left, of({ room: 's' })).outcome).toBe('too_many_rooms')
})

test('a room that is over takes no other of its show with it', () => {
  const { rooms } = after(made(), made({ room: 's', viewer: 'ben' }), of({ kind: 'left' }))
  expect(rooms.find('final', 's')).toMatchObject({ owner: 'ben' })
  expect([rooms.count, rooms.memberships]).toEqual([1, 1])
})

test('of those who were removed the newest are kept out; who was removed before them needs an invite, like anybody', () => {
  const out = ['b', 'c', 'd'].flatMap((viewer) => [of({ viewer, invite: 'i2' }), removed(viewer)])
  const room = [made({ invite: 'i2' }), ...out]
  expect(after(...room, of({ viewer: 'b', invite: 'i2' })).outcome).toBe('changed')
  expect(after(...room, of({ viewer: 'c', invite: 'i2' })).outcome).toBe('removed_from_room')
  expect(after(...room, of({ viewer: 'd', invite: 'i2' })).outcome).toBe('removed_from_room')
})

test('an installation has so many memberships and no more, whatever room is left in a room', () => {
  const room = (name: string, viewers: string[]) =>
    viewers.map((viewer, i) => of({ kind: i === 0 ? 'made' : 'joined', room: name, viewer }))
  const eight = [...room('r', ['a', 'b', 'c']), ...room('s', ['d', 'e', 'f']), ...room('t', ['g', 'h'])]
  expect(after(...eight).outcome).toBe('changed')
  expect(after(...eight, of({ room: 't', viewer: 'i' })).outcome).toBe('too_many_rooms')
})

test('a limit of one lets one in', () => {
  const rooms = new Rooms({ roomsAViewerMax: 1, roomsAShowMax: 1 })
  expect(rooms.apply(made())).toBe('changed')
  expect(rooms.apply(made({ show: 'other', viewer: 'ben' }))).toBe('changed')
})

test('a room that is there is not made again, and who is not in it cannot leave it', () => {
  expect(after(made(), made({ viewer: 'ben' })).outcome).toBe('same')
  expect(after(made(), of({ kind: 'left', viewer: 'ben' })).outcome).toBe('not_a_member')
})

test('where nothing else is asked for, the limits are those of the protocol', () => {
  const rooms = new Rooms()
  rooms.apply(made())
  for (let i = 1; i < ROOM_MEMBERS_MAX; i++) rooms.apply(of({ viewer: `v${i}` }))
  expect(rooms.memberships).toBe(ROOM_MEMBERS_MAX)
  expect(rooms.apply(of({ viewer: 'late' }))).toBe('room_full')
})

test('rooms of a show that is over are over, and so are those that are too old; others go on', () => {
  const { rooms } = after(
    made(),
    made({ room: 's', show: 'other' }),
    made({ room: 't', show: 'third', at: 5 }),
  )
  expect(rooms.sweep(ROOM_MS_MAX, (show) => show === 'other').map(({ room }) => room)).toEqual(['r', 's'])
  expect([rooms.count, rooms.memberships]).toEqual([1, 1])
})

const events = fc.array(
  fc.record({
    kind: fc.constantFrom('made', 'joined', 'joined', 'left', 'removed' as const),
    show: fc.constantFrom('final', 'other'),
    room: fc.constantFrom('a', 'b', 'c'),
    viewer: fc.constantFrom('ada', 'ben', 'cat', 'dan'),
    name: fc.constantFrom('Ada', 'Ben'),
    by: fc.constantFrom('ada', 'ben'),
    invite: fc.constantFrom('i', 'i2'),
    channel: fc.constantFrom('c', 'c2'),
  }),
  { maxLength: 60 },
)

test('whatever happens in whatever order, rooms keep their bounds and say what they have', () => {
  fc.assert(
    fc.property(events, (all) => {
      const rooms = new Rooms(LIMITS)
      const told = new Rooms(LIMITS)
      const shut = new Map<string, string>()
      for (const given of all) {
        const event = of(given as Partial<RoomEvent>)
        const key = `${event.show}/${event.room}`
        const before = rooms.find(event.show, event.room)
        const size = before?.members.size ?? 0
        const expected = rooms.judge(event)
        expect(rooms.apply(event)).toBe(expected)
        const room = rooms.find(event.show, event.room)
        // What was refused changed nothing; what was done is done.
        if (expected !== 'changed') expect(room?.members.size ?? 0).toBe(size)
        else told.apply(event)
        if (expected === 'changed' && event.kind === 'removed') shut.set(key, event.viewer)
        if (room === undefined) shut.delete(key)
        else {
          expect(room.members.size).toBeWithin(1, LIMITS.membersMax + 1)
          expect(room.members.has(room.owner)).toBe(true)
          expect(room.members.has(shut.get(key) ?? '')).toBe(false)
          expect(room.removed.size).toBeLessThanOrEqual(LIMITS.removedMax)
        }
        expect(rooms.count).toBeLessThanOrEqual(LIMITS.roomsMax)
        expect(rooms.memberships).toBeLessThanOrEqual(LIMITS.membershipsMax)
      }
      const found = ['final', 'other'].flatMap((show) =>
        ['a', 'b', 'c'].flatMap((room) => rooms.find(show, room) ?? []),
      )
      expect(rooms.count).toBe(found.length)
      expect(rooms.memberships).toBe(found.reduce((sum, { members }) => sum + members.size, 0))
      // Events that were refused could as well never have been: who reads them later has the same rooms.
      for (const room of found) expect(told.find(room.show, room.room)).toEqual(room)
    }),
    { numRuns: RUNS },
  )
})
