import { expect, test } from 'bun:test'
import { RoarError } from '../../protocol/errors.ts'
import { systemClock } from '../clock/clock.ts'
import { ManualClock } from '../clock/clock-manual.ts'
import { logContract } from '../log/log.contract.ts'
import { MemoryLog } from './log-memory.ts'

let current: MemoryLog

logContract('in memory', async () => ({
  open: async () => {
    current = new MemoryLog({ clock: systemClock, recordsMax: 250, drainMs: 300 })
    return { log: current, peer: current }
  },
  outage: {
    begin: async () => current.switchTo('down'),
    end: async () => current.switchTo('up'),
  },
}))

const record = () => ({ key: null, value: new Uint8Array(1) })

test('an append past the slowest reader is refused, and taken once the reader has caught up', async () => {
  const log = new MemoryLog({ clock: systemClock, recordsMax: 4 })
  const blocked = Promise.withResolvers<void>()
  const reader = log.consume('reactions', () => blocked.promise)
  await log.append('reactions', [record(), record(), record(), record()])
  const refused = await log.append('reactions', [record()]).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(RoarError)
  expect((refused as RoarError).code).toBe('log_unavailable')
  blocked.resolve()
  await reader.close()
  expect(await log.append('reactions', [record()])).toHaveLength(1)
})

test('records that nobody waits for are forgotten at the limit', async () => {
  const log = new MemoryLog({ clock: systemClock, recordsMax: 3 })
  for (let i = 0; i < 10; i++) await log.append('posts', [record()])
  const offsets: number[] = []
  await log.consume('posts', (batch) => void offsets.push(...batch.map(({ offset }) => offset))).close()
  expect(offsets).toEqual([7, 8, 9])
})

test("the log's time goes on from before a restart, whatever the machine's clock says", async () => {
  const clock = new ManualClock(1000)
  const log = new MemoryLog({ clock, notBeforeMs: 5000 })
  expect((await log.append('reactions', [record()]))[0]?.timestampMs).toBe(5000)
  clock.advance(10_000)
  expect((await log.append('reactions', [record()]))[0]?.timestampMs).toBe(11_000)
})

test('a clock that is set back and put right again takes the time of the log no further than itself', async () => {
  const clock = new ManualClock(10_000_000)
  const log = new MemoryLog({ clock })
  const take = async () => (await log.append('reactions', [record()]))[0]!.timestampMs
  await take()
  clock.setBack(3_600_000)
  expect(await take()).toBe(10_000_000)
  clock.advance(2_000)
  clock.setBack(-3_600_000)
  expect(await take()).toBe(10_002_000)
})

test('a clock that is set back does not stop the time of the log, and its own is met again', async () => {
  const clock = new ManualClock(100_000)
  const log = new MemoryLog({ clock })
  const take = async () => (await log.append('reactions', [record()]))[0]!.timestampMs
  expect(await take()).toBe(100_000)
  clock.setBack(10_000)
  expect(await take()).toBe(100_000)
  const times: number[] = []
  for (let ms = 0; ms < 4000; ms++) {
    clock.advance(1)
    times.push(await take())
  }
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times.at(-1)).toBe(102_000)
  clock.advance(20_000)
  expect(await take()).toBe(clock.now())
})
