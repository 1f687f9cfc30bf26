import { afterEach, expect, setSystemTime, test } from 'bun:test'
import { ManualClock } from '../../../adapters/clock/clock-manual.ts'
import { DELAY_MS_MAX } from '../../../protocol/limits.ts'
import type { FeedPacket, MoodPacket, PollPacket, Post } from '../../../protocol/packets.ts'
import type { PollSummary, ShowDocument } from '../../../protocol/show.ts'
import { roarDouble } from '../testing/index.ts'
import { type InStepOptions, inStep } from './in-step.ts'

const WINDOW_MS = 250

afterEach(() => {
  setSystemTime()
})

/** A client in step with a player, on a clock that the test turns, and all that it heard. */
function rig(options: (position: () => number | undefined) => InStepOptions = (player) => ({ player })) {
  const startMs = 1_800_000_000_000
  // The device's clock is right, and read once.
  setSystemTime(startMs)
  const clock = new ManualClock(startMs)
  const platform = {
    now: () => clock.now(),
    random: () => 0.5,
    after: (ms: number, callback: () => void) => clock.after(ms, callback),
    fetch: () => Promise.reject(new Error('nobody is there')),
    WebSocket: undefined,
  }
  /** How far the picture is behind; undefined: the player has no time. */
  const picture = { behindMs: 8_000 as number | undefined }
  const position = () => (picture.behindMs === undefined ? undefined : clock.now() - picture.behindMs)
  const raw = roarDouble()
  let delayMs = (): number | undefined => undefined
  const roar = inStep(
    options(position),
    (given) => {
      delayMs = given
      return raw
    },
    platform,
  )
  const heard: [name: string, what: unknown, atMs: number][] = []
  const hear = (name: string, what: unknown) => heard.push([name, what, clock.now() - startMs])
  roar.on('mood', ({ total }) => hear('mood', total))
  roar.on('feed', ({ posts, removed }) => hear('feed', removed ?? posts.map(({ id }) => id)))
  roar.on('poll', ({ state }) => hear('poll', state))
  roar.on('show', ({ polls }) =>
    hear(
      'show',
      polls.map(({ state }) => state),
    ),
  )
  const mood = (total: number): MoodPacket => ({
    at: clock.now() - WINDOW_MS,
    ms: WINDOW_MS,
    n: 1,
    total,
    top: [],
  })
  const feed = (...ids: string[]): FeedPacket => ({
    ...{ at: clock.now() - WINDOW_MS, ms: WINDOW_MS, n: ids.length },
    posts: ids.map((id) => ({ id, viewer: 'ada', name: 'Ada', sticker: 'six', at: clock.now() }) as Post),
  })
  return { clock, raw, roar, picture, heard, mood, feed, delayMs: () => delayMs() }
}

const poll = (state: PollPacket['state'], version: number): PollPacket => ({
  poll: 'mvp',
  state,
  ballots: 0,
  version,
})
const showWith = (version: number, ...polls: PollSummary['state'][]): ShowDocument =>
  ({
    show: 'final',
    version,
    polls: polls.map((state) => ({ poll: 'mvp', question: '?', state })),
  }) as ShowDocument

test('moods, feed and polls come when the picture is there, and not a moment before', () => {
  const { clock, raw, heard, mood, feed } = rig()
  raw.emit('mood', mood(1))
  raw.emit('feed', feed('a'))
  raw.emit('poll', poll('open', 1))
  clock.advance(7_900)
  expect(heard).toEqual([])
  clock.advance(200)
  expect(heard.map(([name, what]) => [name, what])).toEqual([
    ['mood', 1],
    ['feed', ['a']],
    ['poll', 'open'],
  ])
})

test('while the player plays each mood has its own moment', () => {
  const { clock, raw, heard, mood } = rig()
  for (let total = 1; total <= 8; total++) {
    raw.emit('mood', mood(total))
    clock.advance(WINDOW_MS)
  }
  clock.advance(8_000)
  expect(heard.map(([, total]) => total)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  for (const [i, [, , atMs]] of heard.entries()) expect(atMs - i * WINDOW_MS).toBeGreaterThanOrEqual(8_000)
})

test('a seek to the live edge brings the newest mood, and every post in its order', () => {
  const { clock, raw, heard, mood, feed, picture } = rig()
  for (let i = 1; i <= 4; i++) {
    raw.emit('mood', mood(i))
    raw.emit('feed', feed(`p${i}`))
    clock.advance(WINDOW_MS)
  }
  expect(heard).toEqual([])
  picture.behindMs = 0
  clock.advance(100)
  expect(heard.filter(([name]) => name === 'mood').map(([, total]) => total)).toEqual([4])
  expect(heard.filter(([name]) => name === 'feed').flatMap(([, ids]) => ids)).toEqual([
    'p1',
    'p2',
    'p3',
    'p4',
  ])
})

test('while the picture stalls nothing comes, and after the longest delay it comes in any case', () => {
  const { clock, raw, heard, mood, picture } = rig()
  raw.emit('mood', mood(1))
  for (let ms = 0; ms < DELAY_MS_MAX - 1_000; ms += 1_000) {
    picture.behindMs! += 1_000
    clock.advance(1_000)
  }
  expect(heard).toEqual([])
  picture.behindMs! += 10_000
  clock.advance(2_000)
  expect(heard.map(([, total]) => total)).toEqual([1])
})

test('a post that is removed while it is held is never shown, and one that is released again is', () => {
  const { clock, raw, heard, feed } = rig()
  raw.emit('feed', feed('rude', 'kind'))
  raw.emit('feed', { ...feed('later'), removed: ['rude'] })
  expect(heard.map(([, what]) => what)).toEqual([['rude']])
  clock.advance(8_100)
  expect(heard.slice(1).map(([, what]) => what)).toEqual([['kind'], ['later']])
  raw.emit('feed', feed('doubted'))
  raw.emit('feed', { ...feed(), removed: ['doubted'] })
  raw.emit('feed', { ...feed(), released: ['doubted'] })
  clock.advance(8_100)
  expect(heard.at(-1)![1]).toEqual(['doubted'])
})

test('nor is one that was removed while there was no connection', async () => {
  const { clock, raw, roar, heard, feed } = rig()
  raw.emit('feed', feed('rude', 'kind'))
  raw.feed = async () => ({ at: clock.now(), posts: [], removed: ['rude'] })
  await roar.feed()
  clock.advance(8_100)
  expect(heard.map(([, what]) => what)).toEqual([['kind']])
})

test('a feed that is wiped leaves nothing that could be shown later', () => {
  const { clock, raw, roar, heard, feed } = rig()
  const wiped: (true | undefined)[] = []
  roar.on('feed', ({ cleared }) => wiped.push(cleared))
  raw.emit('feed', feed('a'))
  raw.emit('feed', { ...feed('b'), cleared: true })
  expect(wiped).toEqual([true])
  clock.advance(8_100)
  expect(heard.flatMap(([, ids]) => ids)).toEqual(['b'])
})

test('own posts come at once, whether the packet or the answer is first, and what others posted beside them does not', async () => {
  const { clock, raw, roar, heard, feed } = rig()
  const { post } = await roar.post('six')
  raw.emit('feed', feed('other', post.id))
  expect(heard.map(([, ids]) => ids)).toEqual([[post.id]])
  // The double numbers its posts.
  raw.emit('feed', feed('2', 'third'))
  await roar.post('six')
  expect(heard.map(([, ids]) => ids)).toEqual([[post.id], ['2']])
  clock.advance(8_100)
  expect(heard.slice(2).map(([, ids]) => ids)).toEqual([['other'], ['third']])
})

test('earlier posts are those that the picture has reached; the others come when it does, and own ones at once', async () => {
  const { clock, raw, roar, heard, picture, feed } = rig()
  const start = clock.now()
  const at = (id: string, ms: number) => ({ ...feed(id).posts[0]!, at: start - ms })
  const { post } = await roar.post('six')
  const earlier = {
    at: start,
    posts: [at('old', 8_000), at('new', 7_000), at(post.id, 1_000)],
    removed: ['rude'],
  }
  raw.feed = async () => earlier
  const answer = await roar.feed()
  expect([answer.posts.map(({ id }) => id), answer.removed]).toEqual([['old', post.id], ['rude']])
  clock.advance(900)
  expect(heard).toEqual([])
  clock.advance(200)
  expect(heard.map(([, what]) => what)).toEqual([['new']])
  // Nobody has to wait where nothing is held.
  picture.behindMs = undefined
  expect(await roar.feed()).toEqual(earlier)
  picture.behindMs = 8_000
  raw.close()
  expect(await roar.feed()).toEqual(earlier)
})

test('where the picture has no time an earlier post waits for what is left of the delay', async () => {
  const { clock, raw, roar, heard, feed } = rig(() => ({ delayMs: 8_000 }))
  const posts = [7_000, 1_000].map((ageMs) => ({ ...feed(`${ageMs}`).posts[0]!, at: clock.now() - ageMs }))
  raw.feed = async () => ({ at: clock.now(), posts, removed: [] })
  expect((await roar.feed()).posts).toEqual([])
  clock.advance(1_100)
  expect(heard.map(([, what]) => what)).toEqual([['7000']])
  clock.advance(6_000)
  expect(heard.map(([, what]) => what)).toEqual([['7000'], ['1000']])
})

test('taps, the status and who watches are as they happen', () => {
  const { raw, roar } = rig()
  const states: string[] = []
  roar.on('status', ({ state }) => states.push(state))
  roar.on('viewers', ({ viewers }) => states.push(String(viewers)))
  roar.react('heart')
  raw.emit('status', { state: 'live', over: 'mqtt' })
  raw.emit('viewers', { at: 1, viewers: 7, segments: {} })
  expect([raw.taps, states]).toEqual([{ heart: 1 }, ['live', '7']])
})

test('a changed show comes at once, but for polls that the picture has yet to show', async () => {
  const { clock, raw, roar, heard } = rig()
  raw.emit('show', showWith(1, 'open'))
  raw.emit('status', { state: 'live', over: 'mqtt' })
  expect((await roar.ready()).version).toBe(1)
  raw.emit('show', showWith(2, 'closed'))
  expect([roar.show()!.version, roar.show()!.polls[0]!.state]).toEqual([2, 'open'])
  // Another change meanwhile is not undone when the polls come.
  raw.emit('show', showWith(3, 'closed'))
  clock.advance(8_100)
  expect([roar.show()!.version, roar.show()!.polls[0]!.state]).toEqual([3, 'closed'])
  expect(heard.map(([, states]) => states)).toEqual([['open'], ['open'], ['open'], ['closed']])
})

test('polls that change and change back before the picture is there end as they are', () => {
  const { clock, raw, roar } = rig()
  raw.emit('show', showWith(1, 'open'))
  raw.emit('show', showWith(2, 'closed'))
  raw.emit('show', showWith(3, 'open'))
  clock.advance(8_100)
  expect([roar.show()!.version, roar.show()!.polls[0]!.state]).toEqual([3, 'open'])
})

test('the server is told how far the picture is behind, within the bounds, and nothing where nobody knows', () => {
  const { delayMs, picture } = rig()
  expect(delayMs()).toBe(8_000)
  picture.behindMs = -500
  expect(delayMs()).toBe(0)
  picture.behindMs = 3_600_000
  expect(delayMs()).toBe(DELAY_MS_MAX)
  picture.behindMs = undefined
  expect(delayMs()).toBeUndefined()
  expect(rig(() => ({ delayMs: 5_000.4 })).delayMs()).toBe(5_000)
})

test('without a programme time the delay that is given holds, and without either nothing is held', () => {
  const { clock, raw, heard, mood, picture } = rig((player) => ({ player, delayMs: () => 3_000 }))
  picture.behindMs = undefined
  raw.emit('mood', mood(1))
  clock.advance(2_900)
  expect(heard).toEqual([])
  clock.advance(200)
  expect(heard.map(([, total]) => total)).toEqual([1])
  const free = rig(() => ({}))
  free.raw.emit('mood', free.mood(1))
  expect(free.heard.map(([, total]) => total)).toEqual([1])
})

test.each([
  ['no number', () => Number.NaN],
  ['infinity', () => Number.POSITIVE_INFINITY],
  [
    'nothing but an error',
    () => {
      throw new Error('destroyed')
    },
  ],
])('a function for the delay that returns %s holds nothing, and no delay is sent', (_, delayMs) => {
  const { raw, heard, mood, delayMs: sent } = rig(() => ({ delayMs }))
  raw.emit('mood', mood(1))
  expect(heard.map(([, total]) => total)).toEqual([1])
  expect(sent()).toBeUndefined()
})

test.each([
  ['an hls.js', (ms: number) => ({ playingDate: new Date(ms) })],
  ['a video with a start', (ms: number) => ({ getStartDate: () => new Date(ms - 90_000), currentTime: 90 })],
  ['a function', (ms: number) => () => ms],
])('%s says when its picture was taken', (_, playerAt) => {
  expect(rig((position) => ({ player: playerAt(position()!) })).delayMs()).toBe(8_000)
})

test.each([
  ['an hls.js of a stream without times', { playingDate: null }],
  ['a video without a start', { getStartDate: () => new Date(Number.NaN), currentTime: 3 }],
  [
    'a player that is gone',
    () => {
      throw new Error('destroyed')
    },
  ],
])('%s has none, and what is given holds', (_, player) => {
  expect(rig(() => ({ player, delayMs: 1_000 })).delayMs()).toBe(1_000)
})

test('a closed client holds nothing, and says so to whoever waits', async () => {
  const { clock, raw, roar, heard, mood } = rig()
  raw.emit('mood', mood(1))
  const never = roar.once('mood')
  roar.close()
  expect(never).rejects.toMatchObject({ code: 'closed' })
  clock.advance(DELAY_MS_MAX)
  expect(heard).toEqual([])
})
