import { afterEach, beforeEach, expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { fakePage } from '../test/fake-page.ts'
import { watchPage } from './page.ts'

const page = fakePage()
beforeEach(() => page.put())
afterEach(() => page.takeAway())

/** A page that the test's browser calls online or not; what it tells, with its moment. */
function watched({ onLine }: { onLine: boolean }) {
  const clock = new ManualClock(0)
  const told: [number, string][] = []
  const end = new AbortController()
  page.goes(onLine ? 'online' : 'offline', { says: false })
  watchPage(
    {
      leave: () => {},
      pause: (reason) => told.push([clock.now(), `pause ${reason}`]),
      resume: (reason) => told.push([clock.now(), `resume ${reason}`]),
    },
    { now: () => clock.now(), after: (ms, callback) => clock.after(ms, callback) },
    end,
  )
  return {
    clock,
    told: () => told.filter(([, what]) => what.endsWith('offline')),
    end: () => end.abort(),
    goes: page.goes,
  }
}

test('a browser that says there is no network is believed for 15 s, at the start as later', () => {
  const start = watched({ onLine: false })
  start.clock.advance(60_000)
  expect(start.told()).toEqual([
    [0, 'pause offline'],
    [15_000, 'resume offline'],
  ])
  start.end()

  const later = watched({ onLine: true })
  later.clock.advance(100)
  later.goes('offline')
  later.clock.advance(60_000)
  expect(later.told()).toEqual([
    [100, 'pause offline'],
    [15_100, 'resume offline'],
  ])
  later.end()
})

test('a network that is back is used at once, also where its loss was no longer believed', () => {
  const { clock, told, goes, end } = watched({ onLine: false })
  clock.advance(5_000)
  goes('online')
  clock.advance(12_000)
  goes('offline')
  // The first loss has nothing to say any more: this one is believed for its own 15 s.
  clock.advance(20_000)
  goes('online')
  clock.advance(60_000)
  const resumed = told().filter(([, what]) => what === 'resume offline')
  expect(resumed.map(([at]) => at)).toEqual([5_000, 32_000, 37_000])
  end()
})

test('a network that comes and goes is followed once in 10 s, and as it is then', () => {
  const { clock, told, goes, end } = watched({ onLine: true })
  for (let second = 1; second <= 22; second++) {
    clock.advance(1_000)
    goes(second % 2 ? 'offline' : 'online')
  }
  clock.advance(60_000)
  const resumed = told().filter(([, what]) => what === 'resume offline')
  expect(resumed.map(([at]) => at)).toEqual([2_000, 12_000, 22_000])
  goes('offline')
  clock.advance(1)
  expect(told().at(-1)).toEqual([82_000, 'pause offline'])
  end()
})
