import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { PollKeys } from '../polls/poll-keys.ts'
import { Quarantine } from './quarantine.ts'
import { keepSuspects } from './suspects.ts'

const POLL = { show: 'final', poll: 'mvp' }
const ADDRESS = '203.0.113.9'

async function kept(quarantine = new Quarantine({ threshold: 0.8, perSecond: 0, burst: 0 })) {
  const store = memoryPollStore()
  const keys = new PollKeys(store)
  await keys.make('final', 'mvp')
  const clock = new ManualClock(1_000_000)
  const failing = { is: false }
  const stop = keepSuspects({
    quarantine,
    keys,
    clock,
    logger: pino({ level: 'silent' }),
    store: {
      saveSuspects: (suspects) =>
        failing.is ? Promise.reject(new Error('unreachable')) : store.saveSuspects(suspects),
    },
  })
  /** A script votes a hundred times a second. @returns how many went to quarantine */
  const farm = (votes: number, address = ADDRESS): number => {
    let quarantined = 0
    for (let i = 0; i < votes; i++) {
      clock.advance(10)
      const sighting = { at: clock.now(), answer: 'cleo', ageMs: 5, guest: true }
      if (quarantine.check(POLL, { address, issuer: '' }, sighting)) quarantined++
    }
    return quarantined
  }
  return { store, keys, clock, farm, stop, failing }
}

test('from where ballots went to quarantine is kept with every one of them, with its signs and without its address', async () => {
  const { store, farm, stop } = await kept()
  const quarantined = farm(300)
  expect(quarantined).toBeGreaterThan(200)
  await stop()
  const suspects = await store.suspects('final', 'mvp')
  expect(suspects.reduce((sum, each) => sum + each.quarantined, 0)).toBe(quarantined)
  expect(suspects[0]!.ballots).toBe(300)
  expect(suspects[0]!.signs.map(({ sign }) => sign)).toContain('regular')
  expect(JSON.stringify(suspects)).not.toContain('203.0')
})

test('a store that is away costs nothing but time: what was seen meanwhile is there once it is back', async () => {
  const { store, clock, farm, stop, failing } = await kept()
  failing.is = true
  const before = farm(100)
  clock.advance(5_000)
  await Bun.sleep(0)
  expect(await store.suspects('final', 'mvp')).toEqual([])
  failing.is = false
  await stop()
  const suspects = await store.suspects('final', 'mvp')
  expect(suspects.reduce((sum, each) => sum + each.quarantined, 0)).toBe(before)
})

test('once the voters are forgotten no place is named any more', async () => {
  const { store, keys, farm, stop } = await kept()
  await keys.forget('final', 'mvp')
  expect(farm(100)).toBeGreaterThan(0)
  await stop()
  expect(await store.suspects('final', 'mvp')).toEqual([])
})

test('what only came too fast is its network’s, and what others took is nobody’s here', async () => {
  const quarantine = new Quarantine({ threshold: 1, perSecond: 1, burst: 5 })
  const { store, farm, stop } = await kept(quarantine)
  const sighted = { ...POLL, address: 'a', network: 'n', block: 'b', at: 1_000_000, answer: 'x', guest: true }
  for (let i = 0; i < 50; i++) quarantine.hear(sighted)
  const quarantined = farm(60)
  await stop()
  expect(await store.suspects('final', 'mvp')).toMatchObject([
    { kind: 'network', ballots: 60, quarantined, beyondLimit: quarantined },
  ])
})
