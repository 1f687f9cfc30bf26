import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { wipeShow } from '../../engine/shows/wipe.ts'
import { seededRandom } from '../../load/random.ts'
import type { Cell } from '../../protocol/cell.ts'
import type { FeedPacket, MoodPacket, ShowPacket } from '../../protocol/packets.ts'
import { cells } from '../../protocol/records/cells.ts'
import { control } from '../../protocol/records/control.ts'
import { posts } from '../../protocol/records/posts.ts'
import { filedAs } from '../../protocol/runs.ts'
import type { Show } from '../../protocol/show.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { RoomDirectory } from '../rooms/room-directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { type Deliver, startDeliver } from './deliver.ts'

const SEEDS = Number(process.env.SEEDS ?? 12)
const WINDOW_MS = 250
const START_MS = 1_000_000
const NOTHING = { totals: [], shifts: [], history: [], cells: [], moods: [], cellsFrom: 0 }
const text = new TextDecoder()

/** Counting that is wiped, repeated and started anew, on one log and one store. */
async function rig() {
  const clock = new ManualClock(START_MS)
  const log = new MemoryLog({ clock })
  const store = new MemoryStore()
  const moods = new Map<string, MoodPacket[]>()
  const feeds = new Map<string, FeedPacket[]>()
  const versions = new Map<string, ShowPacket[]>()
  const shows = new Map<string, Show>()
  const settle = async () => {
    for (let i = 0; i < 60; i++) await Promise.resolve()
  }
  let deliver: Deliver
  let directory: ShowDirectory
  let rooms: RoomDirectory

  async function start(): Promise<void> {
    const pubsub = memoryPubSub()
    pubsub.subscribe('roar/#', ({ topic, payload }) => {
      const [, show, kind, segment] = topic.split('/') as [string, string, string, string?]
      if (segment !== undefined) return
      const packets = { mood: moods, feed: feeds, show: versions }[kind] as Map<string, unknown[]>
      packets.set(show, [...(packets.get(show) ?? []), JSON.parse(text.decode(payload))])
    })
    const logger = pino({ level: 'silent' })
    directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
    rooms = new RoomDirectory({ log, directory, clock, logger, health: UNSUPERVISED })
    const options = { log, store, pubsub, directory, rooms, clock, logger, windowMs: WINDOW_MS }
    deliver = startDeliver({ ...options, random: () => 0, health: UNSUPERVISED })
    await settle()
    await deliver.ready
  }
  const say = async (show: Show) => {
    shows.set(show.show, show)
    await log.append('control', [control.encode(show)])
    await settle()
  }
  await say({ ...DEMO_SHOW, show: 'real', version: 1 })
  await say({ ...DEMO_SHOW, show: 'night', rehearsal: true, version: 1 })
  await start()
  return {
    clock,
    log,
    store,
    moods: (show: string) => moods.get(show) ?? [],
    feeds: (show: string) => feeds.get(show) ?? [],
    versions: (show: string) => versions.get(show) ?? [],
    name: (show: string) => filedAs(shows.get(show)!),
    show: (show: string) => shows.get(show)!,
    say,
    settle,
    async restart() {
      await Promise.all([deliver.drain(), settle()])
      await rooms.close()
      await directory.close()
      await start()
    },
    async pass(ms: number) {
      clock.advance(ms)
      await settle()
    },
    async append(...given: Cell[]) {
      await log.append('counts', given.map(cells.encode))
      await settle()
    },
  }
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`what was counted before a wipe is never counted again, and the other show is exact, seed ${seed}`, async () => {
    const random = seededRandom(seed)
    const { clock, store, moods, name, show, say, pass, append, restart } = await rig()
    const counted = new Map<string, number>()
    const ever: Cell[] = []
    let version = START_MS
    for (let step = 0; step < 120; step++) {
      const of = random() < 0.5 ? 'real' : 'night'
      const what = random()
      if (what < 0.55) {
        // Some ingests have not heard of the wipe yet.
        const { run = 1 } = show(of)
        const late = of === 'night' && run > 1 && random() < 0.3
        const filed = late ? filedAs({ show: of, run: run - 1 }) : name(of)
        const window = clock.now() - (clock.now() % WINDOW_MS)
        const count = 1 + Math.floor(random() * 9)
        version = Math.max(version + 1, clock.now())
        const cell: Cell = { show: filed, window, segment: 'home', sticker: `s${step}`, count, version }
        ever.push(cell)
        counted.set(filed, (counted.get(filed) ?? 0) + count)
        await append(cell)
      } else if (what < 0.7 && ever.length > 0) {
        // A reader that lost its place, or an aggregation that counts an old batch again under a newer version.
        const again = ever[Math.floor(random() * ever.length)]!
        version = Math.max(version + 1, clock.now())
        await append(again, { ...again, version })
      } else if (what < 0.8) await say(wipeShow(show('night'), clock.now()))
      else if (what < 0.85) await restart()
      else await pass(Math.floor(random() * 400))
    }
    for (let i = 0; i < 6; i++) await pass(WINDOW_MS)
    const { run = 1 } = show('night')
    const isEmpty = async () => {
      for (let before = 1; before < run; before++) {
        const filed = filedAs({ show: 'night', run: before })
        expect(await store.counts(filed)).toEqual(NOTHING)
        expect(await store.history(filed, { from: 0, to: 2 * START_MS, stepMs: 1000 })).toEqual([])
      }
    }
    await isEmpty()
    await restart()
    await isEmpty()

    const total = (of: string) => moods(of).at(-1)?.total ?? 0
    const stored = async (filed: string) =>
      (await store.counts(filed)).totals.reduce((sum, { count }) => sum + count, 0)
    expect(total('real')).toBe(counted.get('real') ?? 0)
    expect(total('night')).toBe(counted.get(name('night')) ?? 0)
    expect(await stored(name('night'))).toBe(counted.get(name('night')) ?? 0)
    // Of the real show nothing was ever taken back, and no packet is older than the one before it.
    const totals = moods('real').map((packet) => packet.total)
    expect(totals).toEqual(totals.toSorted((a, b) => a - b))
    for (const of of ['real', 'night']) {
      const at = moods(of).map((packet) => packet.at)
      expect(at).toEqual(at.toSorted((a, b) => a - b))
    }
  })
}

test('a wipe takes the numbers and the posts of before off every screen', async () => {
  const { clock, log, moods, feeds, versions, show, say, pass, append, settle } = await rig()
  await append({
    ...{ show: 'night', window: START_MS, segment: 'home', sticker: 'six', count: 5, version: START_MS },
  })
  await pass(WINDOW_MS)
  expect(moods('night').at(-1)).toMatchObject({ total: 5 })
  await say(wipeShow(show('night'), clock.now()))
  const post = (filed: string, id: string) =>
    posts.encode({ show: filed, id, viewer: 'v', name: 'Ann', sticker: 'six', at: clock.now() })
  await log.append('posts', [post('night', 'old'), post('night~2', 'new')])
  await settle()
  await pass(WINDOW_MS)
  expect(moods('night').at(-1)).toMatchObject({ n: 0, total: 0, top: [] })
  const heard = feeds('night')
  expect(heard.at(-1)).toMatchObject({ cleared: true })
  expect(heard.flatMap((packet) => packet.posts.map(({ id }) => id))).toEqual(['new'])
  // By the run an edge that was cut off knows that its polls are gone.
  expect(versions('night')).toEqual([{ version: 1 }, { version: 2, run: 2 }])
})
