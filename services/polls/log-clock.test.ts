import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control } from '../../protocol/records/control.ts'
import { tallies } from '../../protocol/records/tallies.ts'
import { until } from '../../test/until.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { startPollDesk } from './desk.ts'
import { followLogClock } from './log-clock.ts'

const NOW = 1_795_349_712_000
const HOUR_MS = 3_600_000
const POLL: Poll = { ...RULES, show: 'final', poll: 'mvp', opens: NOW, closes: NOW + HOUR_MS / 2, version: 1 }
const CELL = { show: 'final', poll: 'mvp', segment: '', choice: '', mark: '', count: 1, version: 1 } as const

test('a quiet log is asked once for its time, and that goes on as time passes', async () => {
  const logClock = new ManualClock(NOW)
  const clock = new ManualClock(NOW + HOUR_MS)
  const log = new MemoryLog({ clock: logClock })
  const logger = pino({ level: 'silent' })
  const followed = followLogClock({ log, clock, logger, health: UNSUPERVISED })
  expect(followed.now()).toBe(clock.now())
  await followed.ask()
  clock.advance(HOUR_MS)
  expect(followed.now()).toBe(NOW + HOUR_MS)
  await followed.close()
  await log.close()
})

test.each([
  ['ahead', HOUR_MS],
  ['behind', -HOUR_MS],
])('a poll is open while it is by the log’s clock, to a role whose own is %s', async (_, offMs) => {
  const logger = pino({ level: 'silent' })
  const logClock = new ManualClock(NOW + 1)
  const clock = new ManualClock(NOW + 1 + offMs)
  const log = new MemoryLog({ clock: logClock })
  await log.append('control', [control.encode(DEMO_SHOW), control.encode(POLL)])
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await directory.caughtUp()
  const followed = followLogClock({ log, clock, logger, health: UNSUPERVISED })
  const heard: number[] = []
  followed.follow((takenMs) => heard.push(takenMs))
  const desk = startPollDesk({ log, directory, clock: followed, logger, health: UNSUPERVISED })
  await log.append('tallies', [tallies.encode(CELL)])
  await until(() => heard.length > 0)
  expect(heard).toEqual([logClock.now()])
  const later: number[] = []
  followed.follow((takenMs) => later.push(takenMs))
  expect(later).toEqual(heard)
  const state = () => desk.packet('final', 'mvp')?.state
  expect(state()).toBe('open')
  for (const each of [clock, logClock]) each.advance(HOUR_MS / 2 - 2)
  expect(state()).toBe('open')
  for (const each of [clock, logClock]) each.advance(1)
  expect(state()).toBe('closed')
  await Promise.all([followed.close(), desk.drain(), directory.close()])
  await log.close()
})
