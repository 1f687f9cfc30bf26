import { afterEach, beforeEach, expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { watchPage } from './page.ts'

/** What a page has and Bun has not, taken away again after each test. */
const page = new EventTarget()
const before = new Map<string, PropertyDescriptor | undefined>()
const given = {
  document: Object.assign(new EventTarget(), { hidden: false }),
  navigator: { onLine: true },
  addEventListener: page.addEventListener.bind(page),
}

beforeEach(() => {
  for (const [name, value] of Object.entries(given)) {
    before.set(name, Object.getOwnPropertyDescriptor(globalThis, name))
    Object.defineProperty(globalThis, name, { value, configurable: true })
  }
})
afterEach(() => {
  for (const [name, descriptor] of before) {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor)
    else Reflect.deleteProperty(globalThis, name)
  }
})

/** A page that the test's browser calls online or not; what it tells, with its moment. */
function watched({ onLine }: { onLine: boolean }) {
  const clock = new ManualClock(0)
  const told: [number, string][] = []
  const end = new AbortController()
  given.navigator.onLine = onLine
  watchPage(
    {
      leave: () => {},
      pause: (reason) => told.push([clock.now(), `pause ${reason}`]),
      resume: (reason) => told.push([clock.now(), `resume ${reason}`]),
    },
    (ms, callback) => clock.after(ms, callback),
    end,
  )
  return {
    clock,
    told: () => told.filter(([, what]) => what.endsWith('offline')),
    end: () => end.abort(),
    goes(name: 'online' | 'offline') {
      given.navigator.onLine = name === 'online'
      page.dispatchEvent(new Event(name))
    },
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
  clock.advance(7_000)
  goes('offline')
  // The first loss has nothing to say any more: this one is believed for its own 15 s.
  clock.advance(20_000)
  goes('online')
  clock.advance(60_000)
  const resumed = told().filter(([, what]) => what === 'resume offline')
  expect(resumed.map(([at]) => at)).toEqual([5_000, 27_000, 32_000])
  end()
})
