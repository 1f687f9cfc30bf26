import { afterEach, expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { type ConnectionEvent, FIRST_RETRY_MS_MAX, STEP_MS_MAX, startConnection, step } from './machine.ts'
import type { Platform } from './platform.ts'
import { transportsOf } from './transports.ts'

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'location')
})

/** Opens MQTT again and again, each try cut before it opens, and notes where. */
function rig(server = 'https://roar.test/live', random = 0) {
  const clock = new ManualClock(0)
  const tried: string[] = []
  const sockets: { onclose?: (event: { code: number; reason: string }) => void; readyState: number }[] = []
  const platform: Platform = {
    now: () => clock.now(),
    random: () => random,
    after: (ms, callback) => clock.after(ms, callback),
    fetch: () => Promise.reject(new TypeError('no network')),
    WebSocket: class {
      readyState = 0
      constructor(url: string) {
        tried.push(url)
        sockets.push(this)
      }
      close(): void {
        this.readyState = 3
      }
    } as unknown as Platform['WebSocket'],
  }
  const transports = transportsOf({
    platform,
    server,
    url: `${server}/v1/shows/final`,
    show: 'final',
    topics: ['mood'],
    packet: () => {},
  })
  const told: ConnectionEvent[] = []
  return {
    transports,
    clock,
    told,
    tried,
    fail(code = 1006, reason = '') {
      transports.open('mqtt', (event) => told.push(event))
      sockets.at(-1)!.onclose!({ code, reason })
    },
  }
}

test('each try takes another address than the one that failed', () => {
  const { transports, tried, fail } = rig()
  transports.setAddresses(['wss://one.test/mqtt', 'mqtt://two.test', 'wss://three.test/mqtt'])
  for (let i = 0; i < 4; i++) fail()
  expect(tried).toEqual([
    'wss://one.test/mqtt',
    'wss://three.test/mqtt',
    'wss://one.test/mqtt',
    'wss://three.test/mqtt',
  ])
})

test('where the one address that the server names fails, the address that was reached is worth a try', () => {
  const { transports, tried, fail } = rig()
  transports.setAddresses(['ws://127.0.0.1:7766/mqtt'])
  for (let i = 0; i < 3; i++) fail()
  expect(tried).toEqual(['ws://127.0.0.1:7766/mqtt', 'wss://roar.test/live/mqtt', 'ws://127.0.0.1:7766/mqtt'])
})

test('on a page that came by https no address is opened without TLS', () => {
  Object.assign(globalThis, {
    location: { protocol: 'https:', href: 'https://page.test/', origin: 'https://page.test' },
  })
  const { transports, tried, fail } = rig()
  transports.setAddresses(['ws://roar.test/mqtt', 'wss://other.test/mqtt'])
  for (let i = 0; i < 2; i++) fail()
  expect(tried).toEqual(['wss://roar.test/mqtt', 'wss://other.test/mqtt'])
})

test('an address that must not be asked again leaves the list; without any, MQTT leaves the ladder', () => {
  const { transports, tried, told, fail } = rig()
  transports.setAddresses(['wss://one.test/mqtt', 'wss://two.test/mqtt'])
  fail(1008)
  fail(1008)
  expect(tried).toEqual(['wss://one.test/mqtt', 'wss://two.test/mqtt'])
  expect(told.map((event) => event.type === 'lost' && event.next)).toEqual(['reconnect', 'give-up'])
})

test('one that stays silent is closed after 5 s; a server that stops says when to come again', () => {
  const { transports, clock, told, fail } = rig()
  transports.setAddresses(['wss://one.test/mqtt'])
  transports.open('mqtt', (event) => told.push(event))
  clock.advance(4_999)
  expect(told).toEqual([])
  clock.advance(1)
  expect(told).toEqual([{ type: 'lost', next: 'reconnect', code: 'silent' }])
  fail(1001, 'The edge is stopping: back in 2 s')
  expect(told[1]).toEqual({ type: 'lost', next: 'reconnect', code: 'stopping', retryAfterMs: 2_000 })
})

test('an address is drawn as often beside the others as its weight says', () => {
  const drawn = [0, 0.24, 0.26, 0.5, 0.99].map((random) => {
    const { transports, tried, fail } = rig('https://roar.test', random)
    transports.setAddresses(['wss://one.test/mqtt', 'mqtt://one.test', 'wss://two.test/mqtt'], [1, 9, 3])
    fail()
    return tried[0]!.slice(6, 9)
  })
  expect(drawn).toEqual(['one', 'one', 'two', 'two', 'two'])
})

test('where the server says where to go the next try goes there, and the one after is drawn again', () => {
  const { transports, tried, told, fail } = rig()
  transports.setAddresses(['wss://one.test/mqtt', 'wss://two.test/mqtt'])
  fail(1001, 'The edge is stopping: go to wss://three.test/mqtt')
  fail()
  fail()
  expect(told[0]).toMatchObject({ type: 'lost', next: 'reconnect', to: 'wss://three.test/mqtt' })
  expect(tried).toEqual(['wss://one.test/mqtt', 'wss://three.test/mqtt', 'wss://one.test/mqtt'])
})

test('where the place that the server named does not answer, another is tried within a second, once', () => {
  const { transports, told, fail } = rig()
  transports.setAddresses(['wss://one.test/mqtt', 'wss://two.test/mqtt'])
  fail(1001, 'The edge is stopping: go to wss://three.test/mqtt')
  fail()
  fail()
  const latest = () => 1
  let connection = step(startConnection(['mqtt']), { type: 'opened' }, latest)
  const waits = told.map((lost) => {
    const { status } = step(connection, lost, latest)
    connection = step(step(connection, lost, latest), { type: 'due' }, latest)
    return status.state === 'waiting' && status.retryInMs
  })
  expect(waits).toEqual([STEP_MS_MAX, STEP_MS_MAX, 4 * FIRST_RETRY_MS_MAX])
})

test('where the server names one place after another, none of them is tried sooner for it', () => {
  const { told, fail } = rig()
  for (let i = 0; i < 4; i++) fail(1013, 'The edge is full: go to wss://three.test/mqtt')
  expect(told.map((lost) => 'retryAfterMs' in lost && lost.retryAfterMs)).toEqual(Array(4).fill(undefined))
})
