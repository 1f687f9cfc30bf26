import { expect, test } from 'bun:test'
import { PRESENCE_HOLDS_MS, ROOM_TAIL_POSTS } from '../../protocol/limits.ts'
import type { Post } from '../../protocol/packets.ts'
import { ROOM_WAITING_MAX, RoomWindow } from './room-window.ts'

const ROOM = {
  members: new Map([
    ['ada', 'Ada'],
    ['ben', 'Ben'],
  ]),
  owner: 'ada',
}
const post = (id: string, text?: string): Post => ({
  ...{ id, viewer: 'ada', name: 'Ada', at: 1 },
  ...(text === undefined ? { sticker: 'six' } : { text }),
})

test('one packet has all posts in their order, and taps of all members folded', () => {
  const window = new RoomWindow()
  window.addPost(post('1'))
  window.addTaps('heart', 3)
  window.addTaps('six', 1)
  window.addTaps('heart', 2)
  window.addPost(post('2'))
  expect(window.takePackets(1000, ROOM)).toEqual([
    {
      at: 1000,
      posts: [post('1'), post('2')],
      taps: [
        ['heart', 5],
        ['six', 1],
      ],
    },
  ])
  expect(window.takePackets(1001, ROOM)).toEqual([])
})

test('packets only grow in time, whatever the clock', () => {
  const window = new RoomWindow()
  const stamps = [1000, 1000, 400].flatMap((now) => {
    window.addTaps('heart', 1)
    return window.takePackets(now, ROOM).map(({ at }) => at)
  })
  expect(stamps).toEqual([1000, 1001, 1002])
})

test('more posts than one message takes come in several, every one of them', () => {
  const window = new RoomWindow()
  for (let i = 0; i < 40; i++) window.addPost(post(`${i}`, '漢'.repeat(1120)))
  const packets = window.takePackets(1000, ROOM)
  expect(packets.flatMap(({ posts }) => posts.map(({ id }) => Number(id)))).toEqual(
    Array.from({ length: 40 }, (_, i) => i),
  )
  for (const packet of packets) expect(Buffer.byteLength(JSON.stringify(packet))).toBeLessThan(64 * 1024)
})

test('of posts that nobody could publish for long the newest are kept', () => {
  const window = new RoomWindow()
  for (let i = 0; i <= ROOM_WAITING_MAX; i++) window.addPost(post(`${i}`))
  const ids = window.takePackets(1000, ROOM).flatMap(({ posts }) => posts.map(({ id }) => id))
  expect([ids.length, ids[0]]).toEqual([ROOM_WAITING_MAX, '1'])
})

test('whoever was away hears the newest posts after a time again, before what is new', () => {
  const window = new RoomWindow()
  for (let i = 0; i < 40; i++) window.addPost({ ...post(`${i}`), at: i, viewer: i === 39 ? 'ben' : 'ada' })
  window.takePackets(1000, ROOM)
  window.addPost({ ...post('new'), at: 50 })
  window.tellAgain(36)
  window.tellAgain(34)
  const idsIn = () => window.takePackets(1001, ROOM).flatMap(({ posts }) => posts.map(({ id }) => id))
  expect(idsIn()).toEqual(['35', '36', '37', '38', '39', 'new'])
  expect(idsIn()).toEqual([])
  window.forgetPostsOf('ben')
  window.tellAgain(0)
  const all = idsIn()
  expect([all.length, all.at(-1), all.includes('39')]).toEqual([29, 'new', false])
})

test('who is there is said when it changed, once the room is known', () => {
  const window = new RoomWindow()
  window.presence.see('ada', 0)
  window.presence.see('stranger', 0)
  window.tellPresence()
  expect(window.takePackets(1000, undefined)).toEqual([])
  window.addTaps('heart', 1)
  expect(window.takePackets(1000, undefined)).toEqual([{ at: 1000, posts: [], taps: [['heart', 1]] }])
  expect(window.takePackets(1001, ROOM)).toEqual([
    { at: 1001, posts: [], present: [{ viewer: 'ada', name: 'Ada' }], owner: 'ada' },
  ])
  expect(window.takePackets(1002, ROOM)).toEqual([])
  expect(window.presence.see('ada', 10)).toBe(false)
  window.presence.see('guest', 10)
  expect([window.presence.forget('guest'), window.presence.forget('guest')]).toEqual([true, false])
  expect(window.presence.sweep(10)).toBe(false)
  expect(window.presence.sweep(PRESENCE_HOLDS_MS)).toBe(true)
  expect(window.presence.has('ada')).toBe(true)
  expect(window.presence.sweep(PRESENCE_HOLDS_MS + 10)).toBe(true)
  expect(window.isIdle).toBe(true)
})

test('a reply has the name at the post of this room that it answers, until that is too old or its writer was removed', () => {
  const window = new RoomWindow()
  const reply = (id: string, replyTo: string): Post => ({ ...post(id), viewer: 'ben', name: 'Ben', replyTo })
  const namesIn = (now: number) =>
    window.takePackets(now, ROOM).flatMap(({ posts }) => posts.map(({ id, replyName }) => [id, replyName]))
  window.addPost(post('1'))
  window.addPost(reply('2', '1'))
  window.addPost(reply('3', 'of-another-room'))
  expect(namesIn(1000)).toEqual([
    ['1', undefined],
    ['2', 'Ada'],
    ['3', undefined],
  ])
  window.addPost(reply('4', '1'))
  expect(namesIn(2000)).toEqual([['4', 'Ada']])
  window.forgetPostsOf('ada')
  window.addPost(reply('5', '1'))
  window.tellAgain(0)
  expect(namesIn(3000)).toEqual(['2', '3', '4', '5'].map((id) => [id, undefined]))
  window.addPost(post('6'))
  for (let i = 0; i < ROOM_TAIL_POSTS; i++) window.addPost(post(`more-${i}`))
  window.takePackets(4000, ROOM)
  window.addPost(reply('7', '6'))
  expect(namesIn(5000)).toEqual([['7', undefined]])
})

test('a room has nothing to keep once nobody is present and all was published', () => {
  const isIdle = (fill: (window: RoomWindow) => void): boolean => {
    const window = new RoomWindow()
    fill(window)
    return window.isIdle
  }
  expect(isIdle(() => {})).toBe(true)
  expect(isIdle((window) => window.addPost(post('1')))).toBe(false)
  expect(isIdle((window) => window.addTaps('heart', 1))).toBe(false)
  expect(isIdle((window) => window.presence.see('ada', 0))).toBe(false)
  const published = (window: RoomWindow) => {
    window.addPost(post('1'))
    window.addTaps('heart', 1)
    window.takePackets(1000, ROOM)
  }
  expect(isIdle(published)).toBe(true)
})

test('the last packet of a channel that the room left says so, later than all before it', () => {
  const window = new RoomWindow()
  window.addTaps('heart', 1)
  window.takePackets(1000, ROOM)
  expect(window.movedPacket(900)).toEqual({ at: 1001, posts: [], moved: true })
})

test('of many stickers the most tapped are in the packet', () => {
  const window = new RoomWindow()
  for (let i = 1; i <= 20; i++) window.addTaps(`s${i}`, i)
  expect(window.takePackets(1000, ROOM)[0]!.taps).toEqual(
    Array.from({ length: 16 }, (_, i) => [`s${20 - i}`, 20 - i]),
  )
})

test('what a viewer posted is not published once they were removed, also if it waits', () => {
  const window = new RoomWindow()
  window.addPost(post('1'))
  window.addPost({ ...post('2'), viewer: 'ben' })
  window.forgetPostsOf('ada')
  expect(window.takePackets(1000, ROOM)[0]!.posts.map(({ id }) => id)).toEqual(['2'])
})

test('posts of 8,000 characters come in one packet, and with one more in two', () => {
  const packets = (more: number) => {
    const window = new RoomWindow()
    for (const id of ['1', '2', '3', '4'])
      window.addPost(
        post(id, 'x'.repeat(2000 - JSON.stringify(post(id, '')).length + (id === '4' ? more : 0))),
      )
    for (const id of ['5', '6'])
      window.addPost(post(id, 'x'.repeat(4000 - JSON.stringify(post(id, '')).length)))
    return window.takePackets(1000, ROOM).map(({ posts }) => posts.map(({ id }) => id).join(''))
  }
  expect(packets(0)).toEqual(['1234', '56'])
  expect(packets(1)).toEqual(['123', '45', '6'])
})
