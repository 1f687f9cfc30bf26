import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { RoarError } from '../../protocol/errors.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { THERE_MS_MAX, untilThere } from './until-there.ts'

/** Runs a start that takes its turn at each step of the clock. */
async function start<T>(step: (tries: number) => Promise<T>) {
  const clock = new ManualClock(1000)
  const reasons: string[] = []
  let tries = 0
  let end: unknown
  untilThere(() => step(++tries), { clock, onWaiting: (reason) => reasons.push(reason) }).then(
    (result) => (end = result),
    (cause) => (end = cause),
  )
  for (let passed = 0; end === undefined && passed < 2 * THERE_MS_MAX; passed += 100) {
    await new Promise((next) => setImmediate(next))
    clock.advance(100)
  }
  return { end, tries, reasons, passedMs: clock.passedMs() }
}

const away = () => new RoarError('log_unavailable', 'Kafka at k1:9092: ECONNREFUSED')

test('a step is run again while what it needs is not there, and its result is that of the last time', async () => {
  const { end, reasons } = await start(async (tries) => {
    if (tries < 4) throw away()
    return 'open'
  })
  expect(end).toBe('open')
  expect(reasons).toEqual(Array(3).fill(away().message))
})

test('after 30 s the start ends with what it waited for', async () => {
  const { end, passedMs } = await start(() => Promise.reject(away()))
  expect(end).toMatchObject({ code: 'log_unavailable' })
  expect(passedMs).toBeGreaterThanOrEqual(THERE_MS_MAX)
  expect(passedMs).toBeLessThan(THERE_MS_MAX + 3000)
})

test.each([
  ['a setting', () => new ConfigError('log', 'Kafka has no roar-control')],
  ['a mistake of ours', () => new TypeError('x is not a function')],
])('what somebody has to put right is not waited for: %s', async (_, makeFault) => {
  const fault = makeFault()
  expect(await start(() => Promise.reject(fault))).toMatchObject({ end: fault, tries: 1, reasons: [] })
})
