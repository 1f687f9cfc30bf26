import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { Supervisor } from './supervisor.ts'

function supervised() {
  const lines: { level: number; msg: string; waitedMs?: number }[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const clock = new ManualClock(1000)
  return { clock, lines, supervisor: new Supervisor({ clock, logger }) }
}

test('a process is ready once every part that it needs works, and each purpose by its own parts', () => {
  const { supervisor } = supervised()
  const log = supervisor.register('log', { neededFor: ['votes'] })
  const ingest = supervisor.register('ingest', { neededFor: ['taps', 'votes'] })
  expect(supervisor.trouble()).toBe('log is starting')
  ingest.working()
  expect(supervisor.trouble('taps')).toBeUndefined()
  expect(supervisor.trouble('votes')).toBe('log is starting')
  log.working()
  expect(supervisor.trouble()).toBeUndefined()
  log.waiting('no broker answers')
  expect(supervisor.trouble('taps')).toBeUndefined()
  expect(supervisor.trouble('votes')).toBe('log is waiting: no broker answers')
})

test('a part that nothing needs is shown and makes nothing unready', () => {
  const { supervisor } = supervised()
  supervisor.register('history', { neededFor: [] }).waiting('the store does not answer')
  expect(supervisor.trouble()).toBeUndefined()
  expect(supervisor.states().history).toMatchObject({ state: 'waiting', reason: 'the store does not answer' })
})

test('a process that stops is ready for nothing, whatever its parts do', () => {
  const { supervisor } = supervised()
  const ingest = supervisor.register('ingest', { neededFor: ['taps'] })
  ingest.working()
  supervisor.drain()
  ingest.working()
  expect([supervisor.trouble(), supervisor.trouble('taps')]).toEqual(Array(2).fill('the server is stopping'))
})

test('a state is logged when it changes and never for each try', () => {
  const { supervisor, lines, clock } = supervised()
  const store = supervisor.register('store', { neededFor: ['packets'] })
  store.working()
  for (let attempt = 0; attempt < 100; attempt++) store.waiting('it does not answer')
  clock.advance(5000)
  clock.setBack(60_000)
  store.working()
  store.working()
  expect(lines.map(({ msg }) => msg)).toEqual([
    'store is waiting: it does not answer',
    'store is working again',
  ])
  expect(lines[1]!.waitedMs).toBe(5000)
})

test('reasons that take turns are logged once each, and not without end', () => {
  const { supervisor, lines } = supervised()
  const upstream = supervisor.register('upstream', { neededFor: [] })
  for (let attempt = 0; attempt < 100; attempt++)
    upstream.waiting(attempt % 2 === 0 ? 'a does not answer' : 'b does not answer')
  expect(lines).toHaveLength(2)
  for (let attempt = 0; attempt < 100; attempt++) upstream.waiting(`try ${attempt} failed`)
  expect(lines.length).toBeLessThan(10)
})

test('one outage has one beginning, whatever its reasons are', () => {
  const { supervisor, clock } = supervised()
  const store = supervisor.register('store', { neededFor: [] })
  store.waiting('it does not answer')
  clock.advance(5000)
  store.waiting('it refuses our password')
  expect(supervisor.states().store).toEqual({
    state: 'waiting',
    reason: 'it refuses our password',
    sinceMs: 1000,
  })
})

test('a failed part ends the process with its name and its reason, and stays failed', async () => {
  const { supervisor } = supervised()
  const deliver = supervisor.register('deliver', { neededFor: ['packets'] })
  deliver.failed(new Error('the term is gone'))
  deliver.working()
  expect(await supervisor.failed.catch((cause) => cause.message)).toBe('deliver failed: the term is gone')
  expect(supervisor.trouble()).toBe('deliver has failed: the term is gone')
})
