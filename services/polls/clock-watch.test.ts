import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { SteadyClock } from '../../adapters/clock/steady-clock.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control } from '../../protocol/records/control.ts'
import { ShowDirectory } from '../directory/directory.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { watchClock } from './clock-watch.ts'

const NOW = 1_795_349_712_000
const POLL: Poll = { ...RULES, show: 'final', poll: 'mvp', opens: NOW + 60_000, version: 1 }

/** A machine whose clock a test sets, and the clock that votes go by. The poll opens after a minute. */
async function watched() {
  const machine = new ManualClock(NOW)
  const clock = new SteadyClock(machine)
  const logger = pino({ level: 'silent' })
  const log = new MemoryLog({ clock })
  await log.append('control', [control.encode(DEMO_SHOW), control.encode(POLL)])
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await directory.caughtUp()
  const fault = () => (clock.offMs() === 0 ? undefined : 'it has jumped')
  const states: (string | undefined)[] = []
  const health = {
    ...UNSUPERVISED,
    working: () => void states.push(undefined),
    waiting: (reason: string) => void states.push(reason),
  }
  const known = { isRight: false }
  const isRight = () => known.isRight
  const stop = watchClock({ clock, directory, isRight, fault, health, logger })
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) machine.advance(100)
  }
  return { machine, clock, pass, stop, states, known }
}

test('a clock that is set while no poll is open is believed, by small steps too: they do not add up in the next', async () => {
  const { machine, clock, pass, stop } = await watched()
  for (const step of [900, 900, 5_000, -900]) {
    machine.setBack(-step)
    pass(Math.abs(step) > 1_000 ? 11_000 : 1_000)
    expect([clock.offMs(), clock.now()]).toEqual([0, machine.now()])
  }
  pass(60_000)
  machine.setBack(-900)
  pass(1_000)
  expect(clock.offMs()).toBe(0)
  stop()
})

test('a clock that is a day ahead for some seconds is not believed, nor one that is set each few seconds', async () => {
  const { machine, clock, pass, stop, states } = await watched()
  const before = clock.now()
  machine.setBack(-86_400_000)
  pass(9_000)
  expect([clock.now(), states.at(-1)]).toEqual([before + 9_000, 'it has jumped'])
  machine.setBack(43_200_000)
  pass(9_000)
  expect(clock.now()).toBe(before + 18_000)
  machine.setBack(43_200_000)
  pass(1_000)
  expect([clock.offMs(), clock.now(), states.at(-1)]).toEqual([0, machine.now(), undefined])
  stop()
})

test('a jump that came before a poll opened is believed in the end: no vote was taken meanwhile', async () => {
  const { machine, clock, pass, stop } = await watched()
  pass(58_000)
  machine.setBack(5_000)
  pass(9_000)
  expect(clock.offMs()).toBe(-5_000)
  pass(2_000)
  expect([clock.offMs(), clock.now()]).toEqual([0, machine.now()])
  stop()
})

test('a clock that is set while a poll is open is not believed, and is right again once it is set right', async () => {
  const { machine, clock, pass, stop, states } = await watched()
  pass(61_000)
  machine.setBack(5_000)
  pass(1_000)
  expect(clock.offMs()).toBe(-5_000)
  expect(states.at(-1)).toBe('it has jumped')
  machine.setBack(-5_000)
  pass(1_000)
  expect([clock.offMs(), clock.now()]).toEqual([0, machine.now()])
  expect(states.at(-1)).toBeUndefined()
  stop()
})

test('a clock that is put right while a poll is open is believed, once the log shows that it is', async () => {
  const { machine, clock, pass, stop, states, known } = await watched()
  pass(61_000)
  machine.setBack(-90_000)
  pass(1_000)
  expect([clock.offMs(), states.at(-1)]).toEqual([90_000, 'it has jumped'])
  known.isRight = true
  pass(1_000)
  expect([clock.offMs(), clock.now(), states.at(-1)]).toEqual([0, machine.now(), undefined])
  stop()
})
