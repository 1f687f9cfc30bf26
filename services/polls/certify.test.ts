import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { closePoll, createPoll, openPoll, sealPoll } from '../../engine/polls/life.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import { Tally } from '../../engine/polls/tally.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Ballot } from '../../protocol/polls.ts'
import { until } from '../../test/until.ts'
import { encodeBallot } from './ballot-codec.ts'
import { BallotOrder } from './ballot-order.ts'
import { certifier } from './certify.ts'

const NOW = 1_795_349_712_000
/** Of a log of millions: the reading takes longer than the count may be behind. */
const READING_MS = 60_000

const ballotOf = (n: number): Ballot => ({
  ...{ show: 'final', poll: 'mvp', producer: 'p', sequence: n, batch: n, size: 1, ballot: `b${n}` },
  ...{ voter: Buffer.alloc(16, n + 1).toString('base64url'), segment: '', choice: ['anna'], points: [1] },
  ...{ at: NOW, late: false, quarantined: false, ordinal: 1, salt: `s${n}`, markSalt: 'm' },
})

/** A log of some ballots that is read slowly, and a count of which a test says how far it is. */
async function rig({
  ballots = 5,
  onRead = () => {},
  onCompare = () => {},
  settled = async () => {},
  freeBytes = () => Number.POSITIVE_INFINITY,
  store = memoryPollStore(),
}: {
  ballots?: number
  onRead?: (reads: number) => void
  /** Called when the live count is looked at, once its size was. */
  onCompare?: (looks: number) => void
  settled?: () => Promise<void>
  freeBytes?: () => number
  store?: PollStore
} = {}) {
  const clock = new ManualClock(NOW)
  const log = new MemoryLog({ clock })
  const recordOf = (n: number) => ({ key: ballotOf(n).voter, value: encodeBallot(ballotOf(n)) })
  const append = (n: number) => log.append('ballots', [recordOf(n)])
  await log.append(
    'ballots',
    Array.from({ length: ballots }, (_, n) => recordOf(n)),
  )
  const counted = new BallotFold()
  const tally = new Tally()
  let version = 0
  let readMs = 0
  const count = (n: number) => {
    counted.add(ballotOf(n))
    for (const cell of counted.takeChanged())
      tally.apply({ show: 'final', poll: 'mvp', ...cell, version: ++version })
  }
  const from: number[] = []
  let looks = 0
  const look = () => {
    if (looks > 0) onCompare(looks)
    looks++
    return tally
  }
  const slow = {
    append: log.append.bind(log),
    ends: log.ends.bind(log),
    read: async (...given: Parameters<typeof log.read>) => {
      if (from.length === 0) clock.advance(READING_MS)
      from.push(given[1].offset)
      onRead(from.length)
      return log.read(...given)
    },
  } as unknown as MemoryLog
  const certify = certifier({
    log: slow,
    order: new BallotOrder(slow),
    store,
    desk: { tally: look, readMs: () => readMs } as never,
    signer: { sign: () => ({ kid: 'key', signature: '' }) },
    heads: { last: async () => undefined },
    clock,
    settled,
    freeBytes,
  })
  const open = openPoll(createPoll('final', 'mvp', RULES, NOW), NOW)
  const poll = sealPoll(closePoll(open, NOW + 10), NOW + 20)
  /** Cells of other polls are read, as of a count that has not come to this one. */
  const countOthers = () => void readMs++
  return { clock, log, append, count, countOthers, tally, from, seal: () => certify(poll) }
}

for (const [what, jumpMs] of [
  ['', 0],
  [', also where the clock is set ahead meanwhile', -3_600_000],
  [', also where the clock is set back meanwhile', 3_600_000],
] as const)
  test(`a count that is a moment behind when a poll of millions was read is waited for${what}`, async () => {
    const { clock, count, seal } = await rig()
    for (let n = 0; n < 4; n++) count(n)
    const certificate = seal()
    let isSealed = false
    const settled = certificate.then(
      () => {
        isSealed = true
        return 'sealed'
      },
      (cause: Error) => cause.message,
    )
    for (let turn = 0; turn < 50; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (turn === 10) clock.setBack(jumpMs)
      if (turn === 20) {
        expect(isSealed).toBe(false)
        count(4)
      }
      clock.advance(50)
    }
    expect(await settled).toBe('sealed')
    expect((await certificate).statement).toMatchObject({
      ballots: 5,
      viewers: 5,
      result: { anna: 5, ben: 0 },
    })
  })

test('what comes while a poll of millions is read is read on to, and nothing twice', async () => {
  const held = { append: (_: number): unknown => undefined }
  const { append, count, from, seal } = await rig({ onRead: (reads) => reads === 1 && held.append(5) })
  held.append = append
  for (let n = 0; n < 6; n++) count(n)
  expect((await seal()).statement).toMatchObject({ ballots: 6, viewers: 6 })
  expect(from.filter((offset) => offset === 0)).toHaveLength(1)
})

test('a seal reads nothing before every vote that was admitted is answered', async () => {
  const votes = Promise.withResolvers<void>()
  const { append, count, from, seal } = await rig({ settled: () => votes.promise })
  for (let n = 0; n < 6; n++) count(n)
  const certificate = seal()
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(from).toEqual([])
  await append(5)
  votes.resolve()
  expect((await certificate).statement.ballots).toBe(6)
})

/** What comes of a seal whose count never has the last ballot. */
async function withoutItsLast({ clock, seal }: Awaited<ReturnType<typeof rig>>): Promise<unknown> {
  let outcome: unknown
  const ended = seal().then(
    ({ statement }) => (outcome = statement.ballots),
    (cause: RoarError) => (outcome = cause.code),
  )
  while (outcome === undefined) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(1000)
  }
  await ended
  return outcome
}

test('what was not counted is not sealed, also where it comes while the log and the count are compared', async () => {
  const behind = await rig()
  for (let n = 0; n < 4; n++) behind.count(n)
  expect(await withoutItsLast(behind)).toBe('overloaded')

  const held = { append: (_: number): unknown => undefined }
  const later = await rig({ onCompare: (looks) => looks === 1 && held.append(5) })
  held.append = later.append
  for (let n = 0; n < 5; n++) later.count(n)
  expect(await withoutItsLast(later)).toBe('overloaded')
})

test('a count that is far behind is waited for as long as it moves, up to two minutes', async () => {
  for (const [forS, outcome] of [
    [100, 5],
    [Number.POSITIVE_INFINITY, 'overloaded'],
  ] as const) {
    const rigged = await rig()
    const { clock, count, countOthers } = rigged
    for (let n = 0; n < 4; n++) count(n)
    const { after } = clock
    let waitedS = 0
    // The log is looked at again and again: the count moves with each tenth second that passes.
    clock.after = (ms, callback) => {
      if (++waitedS % 10 === 0) countOthers()
      if (waitedS === forS) count(4)
      return after.call(clock, ms, callback)
    }
    expect(await withoutItsLast(rigged)).toBe(outcome)
  }
})

test('a seal for which there is no memory is refused before it reads anything', async () => {
  const { tally, from, seal } = await rig({ freeBytes: () => 1e9 })
  const viewers = { show: 'final', poll: 'mvp', segment: '', choice: '', mark: '' } as const
  tally.apply({ ...viewers, count: 40_000_000, version: 1 })
  await expect(seal()).rejects.toMatchObject({
    code: 'overloaded',
    message: 'sealing the ballots of 40000000 viewers needs 1280 MB of memory, and 1000 MB are free',
  })
  expect(from).toEqual([])
})

test('a seal of few ballots is never refused for its memory', async () => {
  const { count, seal } = await rig({ freeBytes: () => 0 })
  for (let n = 0; n < 5; n++) count(n)
  expect((await seal()).statement.ballots).toBe(5)
})

test('a log is read on while its leaves are being written, as far as they may wait, and the seal has them all', async () => {
  const [ballots, waitingMax] = [20_000, 64 * 256]
  const store = memoryPollStore()
  const disk = Promise.withResolvers<void>()
  const written: number[] = []
  const slow = {
    ...store,
    async saveLeaves(...[show, poll, chunks]: Parameters<PollStore['saveLeaves']>) {
      await disk.promise
      written.push(...chunks.map(({ chunk }) => chunk))
      await store.saveLeaves(show, poll, chunks)
    },
  }
  const { count, from, seal } = await rig({ ballots, store: slow })
  for (let n = 0; n < ballots; n++) count(n)
  const certificate = seal()
  await until(() => (from.at(-1) ?? 0) > waitingMax)
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(from.at(-1)).toBeLessThan(waitingMax + 2048)
  disk.resolve()
  expect((await certificate).statement.ballots).toBe(ballots)
  expect(written).toEqual(Array.from({ length: Math.ceil(ballots / 256) }, (_, chunk) => chunk))
})

test('a seal whose leaves cannot be written fails', async () => {
  const full = {
    ...memoryPollStore(),
    saveLeaves: () => Promise.reject(new RoarError('store_unavailable', 'full')),
  }
  const { count, seal } = await rig({ store: full })
  for (let n = 0; n < 5; n++) count(n)
  await expect(seal()).rejects.toMatchObject({ code: 'store_unavailable' })
})
