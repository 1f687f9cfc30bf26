import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { seededRandom } from '../load/random.ts'
import type { Cell } from '../protocol/cell.ts'
import type { CountsState } from '../protocol/counts.ts'
import { DELAYS_S } from '../protocol/delays.ts'
import { Scoreboard } from './scoreboard.ts'

const cell = (change: Partial<Cell> = {}): Cell => ({
  show: 'final',
  window: 10_000,
  segment: 'home',
  sticker: 'heart',
  count: 1,
  version: 1,
  ...change,
})

/** What a store would hold after these changes. */
function merge(state: CountsState, changes: CountsState): CountsState {
  const by = <T>(rows: T[], more: T[], key: (row: T) => string) => [
    ...new Map([...rows, ...more].map((row) => [key(row), row])).values(),
  ]
  return {
    totals: by(state.totals, changes.totals, (c) => `${c.segment}/${c.sticker}`),
    history: by(state.history, changes.history, (h) => `${h.at}/${h.segment}/${h.sticker}`),
    shifts: by(state.shifts, changes.shifts, (h) => `${h.at}/${h.segment}/${h.sticker}`),
    cells: by(state.cells, changes.cells, (c) => `${c.window}/${c.segment}/${c.sticker}`),
    moods: by(state.moods, changes.moods, (m) => m.segment),
    cellsFrom: changes.cellsFrom,
  }
}
const nothing: CountsState = { totals: [], history: [], shifts: [], cells: [], moods: [], cellsFrom: 0 }

/** History by programme time, and what it should be by the cells alone. */
function programmeOf({ history, shifts }: CountsState): Record<string, number> {
  const steps: Record<string, number> = {}
  for (const { at, segment, sticker, count } of [...history, ...shifts]) {
    const key = `${at}/${segment}/${sticker}`
    steps[key] = (steps[key] ?? 0) + count
  }
  return withoutZeros(steps)
}
function expectedProgramme(cells: readonly Cell[]): Record<string, number> {
  const steps: Record<string, number> = {}
  for (const { window, segment, sticker, count, delayed = [] } of cells) {
    const add = (behindMs: number, n: number) => {
      const at = Math.max(0, window - behindMs)
      const key = `${at - (at % 1000)}/${segment}/${sticker}`
      steps[key] = (steps[key] ?? 0) + n
    }
    add(0, count - delayed.reduce((sum, n) => sum + n, 0))
    for (const [i, n] of delayed.entries()) add(DELAYS_S[i + 1]! * 1000, n)
  }
  return withoutZeros(steps)
}
const withoutZeros = (steps: Record<string, number>) =>
  Object.fromEntries(Object.entries(steps).filter(([, count]) => count !== 0))

/**
 * A run as a script: cells grow and come again, packets are taken, the process is killed before or after the changes
 * were written. The viewers' books balance all the same.
 */
test('the sum of n over packets is the growth of total is what was counted, through repeats and restarts', () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('cell' as const),
        key: fc.integer({ min: 0, max: 11 }),
        growth: fc.integer({ min: 1, max: 50 }),
        place: fc.integer({ min: 0, max: DELAYS_S.length - 1 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('old cell again' as const),
        key: fc.integer({ min: 0, max: 11 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('packet' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const segments = ['home', 'away']
      const cells = Array.from({ length: 12 }, (_, key) =>
        cell({
          window: 10_000 + 250 * (key % 3),
          segment: ['', 'home', 'away'][key % 3]!,
          sticker: `s${key % 4}`,
          count: 0,
          version: 0,
        }),
      )
      let stored = nothing
      let board = new Scoreboard({ segments })
      let now = 20_000
      const seen = {
        '': new Map<number, number>(),
        home: new Map<number, number>(),
        away: new Map<number, number>(),
      }
      const lastTotal = { '': 0, home: 0, away: 0 }
      const publish = (moods: ReturnType<Scoreboard['newest']>) => {
        for (const { segment, packet } of moods) {
          const side = segment as keyof typeof seen
          expect(packet.total).toBeGreaterThanOrEqual(lastTotal[side])
          lastTotal[side] = packet.total
          seen[side].set(packet.at, packet.n)
        }
      }
      const packet = () => {
        now += 250
        const moods = board.takePackets(now, 250)
        stored = merge(stored, board.takeChanges())
        publish(moods)
      }
      for (const step of steps) {
        if (step.kind === 'cell') {
          const grown = cells[step.key]!
          grown.count += step.growth
          if (step.place > 0) {
            const delayed = [...(grown.delayed ?? new Array(DELAYS_S.length - 1).fill(0))]
            delayed[step.place - 1] += step.growth
            grown.delayed = delayed
          }
          grown.version += 1
          board.apply({ ...grown })
        } else if (step.kind === 'old cell again') {
          const known = cells[step.key]!
          if (known.version > 1) board.apply({ ...known, count: 0, version: known.version - 1 })
          if (known.version > 0) expect(board.apply({ ...known })).toBe(0)
        } else if (step.kind === 'packet') packet()
        else {
          // What was not written is read again from the counts log.
          board = new Scoreboard({ segments, state: structuredClone(stored) })
          publish(board.newest())
          for (const known of cells) if (known.version > 0) board.apply({ ...known })
        }
      }
      packet()
      for (const side of ['', 'home', 'away'] as const) {
        const counted = cells
          .filter(({ segment }) => side === '' || segment === side)
          .reduce((n, { count }) => n + count, 0)
        expect(lastTotal[side]).toBe(counted)
        expect([...seen[side].values()].reduce((a, b) => a + b, 0)).toBe(counted)
      }
      expect(stored.history.reduce((n, { count }) => n + count, 0)).toBe(lastTotal[''])
      expect(programmeOf(stored)).toEqual(expectedProgramme(cells))
    }),
  )
})

test('a window without reactions sends one empty packet, then nothing until there are reactions again', () => {
  const board = new Scoreboard({ segments: ['home', 'away'] })
  const topics = (endMs: number) =>
    board.takePackets(endMs, 250).map(({ segment, packet }) => [segment, packet.n])
  expect(topics(10_250)).toEqual([])
  board.apply(cell({ count: 3 }))
  expect(topics(10_500)).toEqual([
    ['', 3],
    ['home', 3],
  ])
  expect(topics(10_750)).toEqual([
    ['', 0],
    ['home', 0],
  ])
  expect(topics(11_000)).toEqual([])
  board.apply(cell({ window: 11_000, segment: 'away', count: 1, version: 2 }))
  expect(topics(11_250)).toEqual([
    ['', 1],
    ['away', 1],
  ])
})

test('at only grows: a window that was published takes no second packet, and its growth goes with the next', () => {
  const board = new Scoreboard({ segments: [] })
  board.apply(cell({ count: 1 }))
  expect(board.takePackets(10_250, 250)).toMatchObject([{ packet: { at: 10_000, n: 1 } }])
  board.apply(cell({ count: 5, version: 2 }))
  expect(board.takePackets(10_250, 250)).toEqual([])
  expect(board.takePackets(10_100, 250)).toEqual([])
  expect(board.takePackets(10_500, 250)).toMatchObject([{ packet: { at: 10_250, n: 4, total: 5 } }])
})

test('growth that waits for the next packet is told after a restart too', () => {
  const before = new Scoreboard({ segments: ['home'] })
  before.apply(cell({ count: 5 }))
  before.takePackets(10_250, 250)
  before.apply(cell({ count: 12, version: 2 }))
  expect(before.takePackets(10_250, 250)).toEqual([])
  const after = new Scoreboard({ segments: ['home'], state: merge(nothing, before.takeChanges()) })
  expect(after.takePackets(10_500, 250).map(({ packet: { n, total } }) => [n, total])).toEqual([
    [7, 12],
    [7, 12],
  ])
})

test('history stands in steps of a second of the log time, whatever the window is', () => {
  const board = new Scoreboard({ segments: [] })
  for (const window of [10_000, 10_750, 11_000]) board.apply(cell({ window, count: 2 }))
  expect(board.takeChanges().history).toEqual([
    { at: 10_000, segment: 'home', sticker: 'heart', count: 4 },
    { at: 11_000, segment: 'home', sticker: 'heart', count: 2 },
  ])
})

test('cells that are out of reach are told, forgotten, and never counted twice', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  board.apply(cell({ window: 10_000, count: 5 }))
  board.apply(cell({ window: 12_000, count: 1 }))
  expect(board.apply(cell({ window: 10_000, count: 9, version: 2 }))).toBe(0)
  expect(board.late).toBe(1)
  expect(board.takeChanges().cells.map(({ window }) => window)).toEqual([12_000])
})

test('a segment added to a running show starts from what was counted for it before', () => {
  const board = new Scoreboard({ segments: [] })
  board.apply(cell({ count: 7 }))
  board.takePackets(10_250, 250)
  board.setSegments(['home'])
  board.apply(cell({ window: 10_250, count: 1, version: 2 }))
  expect(
    board.takePackets(10_500, 250).map(({ segment, packet }) => [segment, packet.n, packet.total]),
  ).toEqual([
    ['', 1, 8],
    ['home', 1, 8],
  ])
})

test('a packet says the smallest sample since the last, and the next one starts anew', () => {
  const board = new Scoreboard({ segments: [] })
  board.apply(cell({ count: 4, sample: 0.25 }))
  expect(board.takePackets(10_250, 250)[0]!.packet.sample).toBe(0.25)
  board.apply(cell({ window: 10_250, count: 1, version: 2 }))
  expect(board.takePackets(10_500, 250)[0]!.packet).not.toHaveProperty('sample')
})

test('a show and a segment have a peak of their own: after the loudest moment as many taps draw fewer', () => {
  const board = new Scoreboard({ segments: [] })
  const drawn = (window: number, count: number) => {
    board.apply(cell({ window, count, version: window }))
    return board.takePackets(window + 1000, 1000)[0]!.packet.top[0]![2]
  }
  // 60 a second is what a phone draws at the peak: the square root of the share of it, rounded up.
  expect(drawn(10_000, 10_000)).toBe(60)
  expect(drawn(11_000, 2_500)).toBe(31)
  // A minute after, the peak counts half.
  expect(drawn(71_000, 2_500)).toBe(43)
  // Of which a quarter is exactly half of what a phone draws, and a tap more is a sticker more.
  expect([drawn(1_000_000, 10_000), drawn(1_060_000, 1_250)]).toEqual([60, 30])
  expect([drawn(2_000_000, 10_000), drawn(2_060_000, 1_251)]).toEqual([60, 31])
})

test('the peak is a rate: as many taps in half of the time are twice as loud', () => {
  const board = new Scoreboard({ segments: [] })
  const drawn = (window: number, count: number, ms: number) => {
    board.apply(cell({ window, count, version: window }))
    return board.takePackets(window + ms, ms)[0]!.packet.top[0]![2]
  }
  // 10,000 a second, of which half is left a minute later: a quarter of it is 1,250 a second.
  expect([drawn(1_000_000, 5_000, 500), drawn(1_060_000, 625, 500)]).toEqual([30, 15])
})

test('a cell can be replaced for a minute of the log, where nothing else is asked for', () => {
  const board = new Scoreboard({ segments: [] })
  board.apply(cell({ window: 100_000 }))
  expect(board.apply(cell({ window: 40_001, version: 2 }))).toBe(1)
  expect(board.apply(cell({ window: 40_000, version: 2 }))).toBe(0)
})

test('the oldest cell that can still be replaced is not forgotten: its next version counts the difference alone', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  board.apply(cell({ window: 11_000, count: 5 }))
  board.apply(cell({ window: 11_999, count: 1 }))
  board.apply(cell({ window: 12_500, count: 1, version: 2 }))
  expect(board.takeChanges().cellsFrom).toBe(11_000)
  expect(board.apply(cell({ window: 11_000, count: 6, version: 2 }))).toBe(1)
})

test('the top of a packet is what grew since the last one, and no more', () => {
  const board = new Scoreboard({ segments: [] })
  board.apply(cell({ count: 5 }))
  board.takePackets(10_250, 250)
  board.apply(cell({ sticker: 'six', window: 10_250, count: 2, version: 2 }))
  expect(board.takePackets(10_500, 250)[0]!.packet).toEqual({
    ...{ at: 10_250, ms: 250, n: 2, total: 7 },
    top: [['six', 2, 2]],
  })
})

test('a cell says by how much the show grew: all of it, the difference, and 0 for what was here before', () => {
  const board = new Scoreboard({ segments: [] })
  expect(board.newestWindow).toBe(0)
  expect(board.apply(cell({ count: 5 }))).toBe(5)
  expect(board.newestWindow).toBe(10_000)
  expect(board.apply(cell({ count: 9 }))).toBe(0)
  expect(board.apply(cell({ count: 8, version: 2 }))).toBe(3)
  expect(board.apply(cell({ count: 9, version: 1 }))).toBe(0)
  expect(board.apply(cell({ window: 9000, count: 1, version: 3 }))).toBe(1)
  expect(board.newestWindow).toBe(10_000)
})

test('what can still be replaced is measured from the windows before the newest version: a batch may catch up with hours', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  for (const window of [90_000, 10_000, 50_000]) expect(board.apply(cell({ window, count: 1 }))).toBe(1)
  // From the next version on, only windows of the last second: 89,001 is the oldest of them.
  expect(board.apply(cell({ window: 89_001, count: 1, version: 2 }))).toBe(1)
  expect(board.apply(cell({ window: 89_000, count: 1, version: 2 }))).toBe(0)
  expect(board.late).toBe(1)
  expect(board.takeChanges().cellsFrom).toBe(89_001)
})

test('a window that is ahead of the log makes no other one late, nor does it after a restart', () => {
  const before = new Scoreboard({ segments: [], keepMs: 1000 })
  before.apply(cell({ window: 9e15, count: 1 }), 10_500)
  expect(before.apply(cell({ window: 11_000, count: 1, version: 2 }), 11_500)).toBe(1)
  const state = merge(nothing, before.takeChanges())
  const after = new Scoreboard({ segments: [], keepMs: 1000, state })
  expect(after.apply(cell({ window: 12_000, count: 1, version: 3 }), 12_500)).toBe(1)
  expect(after.apply(cell({ window: 12_250, count: 1, version: 4 }), 12_750)).toBe(1)
})

test('a counter whose clock was an hour ahead is counted once it is right; of two whose clocks agree the newer one counts', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  const batch = (count: number, version: number, takenMs: number) =>
    board.apply(cell({ count, version }), takenMs)
  expect(batch(5, 3_610_000, 10_400)).toBe(5)
  expect(batch(9, 10_900, 11_000)).toBe(4)
  // The batch before it, written again by somebody who stood still.
  expect(batch(7, 10_800, 12_000)).toBe(0)
})

test('by a clock that is ahead all along the newer of two counts is the newer one, also after a restart and for a batch that comes twice', () => {
  const batch = (count: number, minute: number) => cell({ count, version: 3_600_000 + 60_000 * minute })
  const before = new Scoreboard({ segments: [], keepMs: 1000 })
  expect(before.apply(batch(5, 1), 10_400)).toBe(5)
  expect(before.apply(batch(9, 2), 10_900)).toBe(4)
  expect(before.apply(batch(5, 1), 11_000)).toBe(0)
  const after = new Scoreboard({
    ...{ segments: [], keepMs: 1000 },
    state: merge(nothing, before.takeChanges()),
  })
  expect(after.apply(batch(9, 2), 11_100)).toBe(0)
  expect(after.apply(batch(12, 3), 11_200)).toBe(3)
  // Right again.
  expect(after.apply(cell({ count: 13, version: 11_300 }), 11_400)).toBe(1)
})

test('a batch that comes again takes no taps away, whichever of both clocks was right meanwhile', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  const batch = (count: number, version: number, takenMs: number) =>
    board.apply(cell({ count, version }), takenMs)
  expect(batch(3, 10_000, 10_100)).toBe(3)
  expect(batch(5, 13_500, 10_500)).toBe(2)
  // From where it was read before.
  expect(batch(3, 10_000, 10_100)).toBe(0)
  expect(batch(9, 14_500, 11_500)).toBe(4)
  // Written by somebody who stood still: its time has almost come.
  expect(batch(5, 13_500, 12_600)).toBe(0)
  expect(batch(12, 12_900, 13_000)).toBe(3)
  expect(batch(9, 14_500, 11_500)).toBe(0)
})

test('a version that is no time keeps cells for a day, and not for ever', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  board.apply(cell({ version: Number.MAX_SAFE_INTEGER }), 10_500)
  for (const at of [11_000, 90_000_000, 90_001_000, 90_003_000])
    board.apply(cell({ window: at, version: at + 400 }), at + 500)
  board.takeChanges()
  expect(board.held.cells).toBe(2)
})

test('after a restart the newest version, the place and the last packets are known', () => {
  const before = new Scoreboard({ segments: ['home'], keepMs: 1000 })
  before.apply(cell({ window: 10_000, count: 5, version: 7 }))
  before.takePackets(10_250, 250)
  const state = merge(nothing, before.takeChanges())
  const after = new Scoreboard({ segments: ['home', 'away'], keepMs: 1000, state })
  expect(after.newestWindow).toBe(10_000)
  expect(after.newest()).toEqual(before.newest())
  // An older version of another window does not move the place: the batch that it is of was counted.
  expect(after.apply(cell({ window: 20_000, count: 1, version: 7 }))).toBe(1)
  expect(after.apply(cell({ window: 8_500, count: 1, version: 7 }))).toBe(1)
  expect(after.apply(cell({ window: 18_000, count: 1, version: 8 }))).toBe(0)
  // The packet that was published is not published again under another count, and no later total was higher.
  expect(after.takePackets(10_250, 250)).toEqual([])
  expect(after.newest()[0]!.packet).toMatchObject({ at: 10_000, n: 5, total: 7 })
  expect(after.takePackets(10_500, 250)[0]!.packet.n).toBe(2)
})

test('what was stored before there was a packet is in the first one', () => {
  const before = new Scoreboard({ segments: ['home'] })
  before.apply(cell({ count: 5 }))
  const after = new Scoreboard({ segments: ['home'], state: merge(nothing, before.takeChanges()) })
  after.apply(cell({ count: 7, version: 2 }))
  const packets = after
    .takePackets(10_250, 250)
    .map(({ segment, packet: { n, total } }) => [segment, n, total])
  expect(packets).toEqual([
    ['', 7, 7],
    ['home', 7, 7],
  ])
})

test('what was counted for a segment before its show was known is in its first packet', () => {
  const board = new Scoreboard({ segments: [] })
  board.apply(cell({ count: 5 }))
  board.setSegments(['home'])
  const packets = board.takePackets(10_250, 250)
  expect(packets.map(({ segment, packet: { n, total } }) => [segment, n, total])).toEqual([
    ['', 5, 5],
    ['home', 5, 5],
  ])
})

test("a segment's growth that was stored before its first packet is in it, also where the show had one", () => {
  const segments = ['home', 'away']
  const before = new Scoreboard({ segments })
  before.apply(cell({ count: 5 }))
  before.takePackets(10_250, 250)
  before.apply(cell({ segment: 'away', count: 2, version: 2 }))
  expect(before.takePackets(10_250, 250)).toEqual([])
  const after = new Scoreboard({ segments, state: merge(nothing, before.takeChanges()) })
  const packets = after.takePackets(10_500, 250)
  expect(packets.map(({ segment, packet: { n, total } }) => [segment, n, total])).toEqual([
    ['', 2, 7],
    ['home', 0, 5],
    ['away', 2, 2],
  ])
})

test('a mood of a segment that the show has no more is not told after a restart', () => {
  const before = new Scoreboard({ segments: ['home'] })
  before.apply(cell({ count: 5 }))
  before.takePackets(10_250, 250)
  const after = new Scoreboard({ segments: [], state: merge(nothing, before.takeChanges()) })
  expect(after.newest().map(({ segment }) => segment)).toEqual([''])
})

test('a segment that the show has no more has no packets, and one that stays goes on where it was', () => {
  const board = new Scoreboard({ segments: ['home', 'away'] })
  board.apply(cell({ count: 5 }))
  board.takePackets(10_250, 250)
  board.setSegments(['home'])
  board.apply(cell({ window: 10_250, segment: 'away', count: 1, version: 2 }))
  expect(
    board.takePackets(10_500, 250).map(({ segment, packet }) => [segment, packet.n, packet.total]),
  ).toEqual([
    ['', 1, 6],
    ['home', 0, 5],
  ])
})

test('history that is written and cannot grow any more is forgotten, and the rest is written whole', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  const history = (window: number, version: number) => {
    board.apply(cell({ window, count: version, version }))
    return board.takeChanges().history.map(({ at, count }) => [at, count])
  }
  expect(history(10_000, 1)).toEqual([[10_000, 1]])
  expect(history(10_250, 2)).toEqual([[10_000, 3]])
  // Within reach: a cell that comes for the second before is added to what was there.
  expect(history(11_000, 3)).toEqual([[11_000, 3]])
  expect(history(10_500, 4)).toEqual([[10_000, 7]])
  for (const [window, version] of [
    [14_000, 5],
    [14_250, 6],
  ] as const)
    history(window, version)
  expect(new Set(board.takeChanges().history.map(({ at }) => at))).toEqual(new Set())
})

test('totals are handed out as they are at the time, and not as they become', () => {
  const board = new Scoreboard({ segments: [] })
  board.apply(cell({ count: 1 }))
  const { totals, history } = board.takeChanges()
  board.apply(cell({ count: 5, version: 2 }))
  expect([totals[0]!.count, history[0]!.count]).toEqual([1, 1])
})

test('a match of hours takes no more memory than its last minute: cells and steps out of reach are forgotten', () => {
  const board = new Scoreboard({ segments: [], keepMs: 2000 })
  for (let window = 10_000; window < 1_000_000; window += 250) {
    board.apply(cell({ window, count: 1, version: window }))
    board.takeChanges()
    expect(board.held.cells).toBeLessThanOrEqual(10)
    expect(board.held.steps).toBeLessThanOrEqual(5)
  }
})

test('after a restart cells are taken from the place on that was written, and not before it', () => {
  const state = { ...nothing, cellsFrom: 89_001 }
  const board = (window: number) =>
    new Scoreboard({ segments: [], keepMs: 1000, state }).apply(cell({ window }))
  expect([board(89_000), board(89_001)]).toEqual([0, 1])
  expect(new Scoreboard({ segments: [], keepMs: 1000, state }).takeChanges().cellsFrom).toBe(89_001)
})

test('a packet of nothing has no sample, whatever the packet before', () => {
  const board = new Scoreboard({ segments: ['home'] })
  board.apply(cell({ count: 4 }))
  board.takePackets(10_250, 250)
  board.apply(cell({ window: 10_250, segment: '', count: 1, version: 2, sample: 0.5 }))
  const [show, home] = board.takePackets(10_500, 250)
  expect([show!.packet.sample, home!.packet.n, home!.packet.sample]).toEqual([0.5, 0, undefined])
})

test('the sides that a show gets after its last tap are in a packet once, also after a restart', () => {
  const board = new Scoreboard({ segments: ['home', 'away'], sides: ['home', 'away'] })
  board.apply(cell({ window: 1000, segment: 'home', count: 2 }))
  board.takePackets(1250, 250)
  board.takePackets(1500, 250)
  expect(board.takePackets(1750, 250)).toEqual([])
  board.setSegments(['home', 'pub'], ['pub', 'home'])
  const again = [
    {
      segment: '',
      packet: {
        at: 1750,
        ms: 250,
        n: 0,
        total: 2,
        top: [],
        sides: [
          ['pub', 0, 0],
          ['home', 0, 2],
        ],
      },
    },
  ]
  expect(board.takePackets(2000, 250)).toEqual(again as never)
  expect(board.takePackets(2250, 250)).toEqual([])
  const restarted = new Scoreboard({ segments: ['home', 'pub'], state: board.takeChanges() })
  expect(restarted.takePackets(2500, 250).map(({ packet }) => packet.sides)).toEqual([undefined])
  expect(restarted.takePackets(2750, 250)).toEqual([])
})

test("the show's packet has the sides in it: each with its growth and its total, through a change of the sides", () => {
  const board = new Scoreboard({ segments: ['home', 'away', 'pub'], sides: ['away', 'home', 'nowhere'] })
  const tap = (segment: string, count: number, window: number) =>
    board.apply({ show: 'final', window, segment, sticker: 'heart', count, version: window + 1 })
  tap('home', 3, 1000)
  tap('pub', 2, 1000)
  tap('', 1, 1000)
  const [first, ...others] = board.takePackets(1250, 250)
  expect(first).toMatchObject({
    segment: '',
    packet: {
      n: 6,
      sides: [
        ['away', 0, 0],
        ['home', 3, 3],
      ],
    },
  })
  for (const { packet } of others) expect(packet).not.toHaveProperty('sides')
  tap('away', 4, 1250)
  board.setSegments(['home', 'away', 'pub'], ['pub', 'away'])
  expect(board.takePackets(1500, 250)[0]!.packet).toMatchObject({
    n: 4,
    sides: [
      ['pub', 0, 2],
      ['away', 4, 4],
    ],
  })
  board.setSegments(['home', 'away', 'pub'])
  tap('home', 5, 1500)
  expect(board.takePackets(1750, 250)[0]!.packet).not.toHaveProperty('sides')
})

test('a step of history that can still grow keeps what it has, to the first millisecond that is out of reach', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  board.apply(cell({ window: 11_000, count: 5 }))
  board.apply(cell({ window: 11_999, count: 1 }))
  board.apply(cell({ window: 12_500, count: 1, version: 2 }))
  expect(board.takeChanges().cellsFrom).toBe(11_000)
  board.takeChanges()
  board.apply(cell({ window: 11_500, count: 2, version: 2 }))
  expect(board.takeChanges().history).toEqual([{ at: 11_000, segment: 'home', sticker: 'heart', count: 8 }])
})

test('the step that the oldest window is in the middle of keeps what it has', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  board.apply(cell({ window: 11_100, count: 5 }))
  board.apply(cell({ window: 12_499, count: 1 }))
  board.apply(cell({ window: 12_750, count: 1, version: 2 }))
  expect(board.takeChanges().cellsFrom).toBe(11_500)
  board.takeChanges()
  board.apply(cell({ window: 11_600, count: 2, version: 2 }))
  expect(board.takeChanges().history).toEqual([{ at: 11_000, segment: 'home', sticker: 'heart', count: 7 }])
})

test('history goes on after a restart where it stood: a step that is still open keeps what was counted', () => {
  const before = new Scoreboard({ segments: [] })
  before.apply(cell({ window: 10_000, count: 5 }))
  const after = new Scoreboard({ segments: [], state: merge(nothing, before.takeChanges()) })
  after.apply(cell({ window: 10_250, count: 2, version: 2 }))
  expect(after.takeChanges().history).toEqual([{ at: 10_000, segment: 'home', sticker: 'heart', count: 7 }])
})

test('a time that was asked for without a packet may have one later', () => {
  const board = new Scoreboard({ segments: [] })
  expect(board.takePackets(10_250, 250)).toEqual([])
  board.apply(cell({ count: 1 }))
  expect(board.takePackets(10_250, 250)).toHaveLength(1)
})

test('a cell whose count did not change is written anew, and no total or step of history is', () => {
  const board = new Scoreboard({ segments: [] })
  board.apply(cell({ count: 5 }))
  board.takeChanges()
  board.apply(cell({ count: 5, version: 2 }))
  const { cells, totals, history } = board.takeChanges()
  expect([cells.length, totals, history]).toEqual([1, [], []])
})

test('programme time is right through hours and restarts: a step is kept as long as somebody can be behind, and no longer', () => {
  const random = seededRandom(7)
  let stored = nothing
  let board = new Scoreboard({ segments: ['home'] })
  const cells: Cell[] = []
  for (let second = 0; second < 900; second++) {
    const delayed = DELAYS_S.slice(1).map(() => Math.floor(random() * 5))
    const count = 3 + delayed.reduce((sum, n) => sum + n, 0)
    const counted = cell({ window: 1_000_000 + second * 1000, count, delayed, version: second + 1 })
    cells.push(counted)
    expect(board.apply(counted)).toBe(count)
    stored = merge(stored, board.takeChanges())
    // What the last minute counted is in `history`, what it saw is up to two minutes before that.
    expect(board.held.steps).toBeWithin(1, 2 * 63 + 121 + 1)
    if (second % 200 === 199) {
      const since = (ms: number) => (step: { at: number }) => step.at > stored.cellsFrom - 1000 - ms
      const state = {
        ...stored,
        history: stored.history.filter(since(0)),
        shifts: stored.shifts.filter(since(120_000)),
      }
      board = new Scoreboard({ segments: ['home'], state: structuredClone(state) })
      for (const before of cells.slice(-50)) expect(board.apply(before)).toBe(0)
    }
  }
  expect(programmeOf(stored)).toEqual(expectedProgramme(cells))
})

test('what is behind is moved only where it changed: a place of which nothing is new, or nobody is at, writes no step', () => {
  const board = new Scoreboard({ segments: [] })
  const shifts = (change: Partial<Cell>) => {
    board.apply(cell({ window: 1_000_000, ...change }))
    return board.takeChanges().shifts.length
  }
  // From the step in which they arrived to the step that they saw.
  expect(shifts({ count: 9, delayed: [0, 2] })).toBe(2)
  expect(shifts({ count: 10, delayed: [0, 2], version: 2 })).toBe(0)
  expect(shifts({ count: 11, delayed: [0, 3], version: 3 })).toBe(2)
})

test('what the viewers behind most saw is kept to the first millisecond that is out of reach', () => {
  const board = new Scoreboard({ segments: [], keepMs: 1000 })
  const seen = (count: number) => DELAYS_S.slice(1).map((_, i, { length }) => (i === length - 1 ? count : 0))
  board.apply(cell({ window: 1_011_000, count: 5, delayed: seen(5) }))
  board.apply(cell({ window: 1_011_999, count: 1 }))
  board.apply(cell({ window: 1_012_500, count: 1, version: 2 }))
  expect(board.takeChanges().cellsFrom).toBe(1_011_000)
  board.takeChanges()
  board.apply(cell({ window: 1_011_500, count: 2, delayed: seen(2), version: 2 }))
  const at = 1_011_000 - DELAYS_S.at(-1)! * 1000
  expect(board.takeChanges().shifts).toContainEqual({ at, segment: 'home', sticker: 'heart', count: 7 })
})

test("a show's packet has its side in it also where that is its only one", () => {
  const board = new Scoreboard({ segments: ['home', 'away'], sides: ['home'] })
  board.apply(cell({ count: 3 }))
  expect(board.takePackets(10_250, 250)[0]!.packet.sides).toEqual([['home', 3, 3]])
})
