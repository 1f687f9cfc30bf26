import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { memoryPollStore } from '../../adapters/store/polls-memory.ts'
import { SigningKeys, signatureVerifier } from './signing-keys.ts'

const logger = pino({ level: 'silent' })

test('processes that open one store at once sign with one key', async () => {
  const clock = new ManualClock(1000)
  const store = memoryPollStore()
  const [a, b] = await Promise.all([
    SigningKeys.open({ store, clock, logger, shared: true }),
    SigningKeys.open({ store, clock, logger, shared: true }),
  ])
  expect(a.sign('text', 1000)).toEqual(b.sign('text', 1000))
  expect(JSON.stringify(a.publicSet())).not.toContain('"d"')
  for (const keys of [a, b]) keys.close()
})

test('a new key signs only once every process knows it, and what was signed before stays good', async () => {
  const clock = new ManualClock(1_000_000)
  const store = memoryPollStore()
  const [a, b] = await Promise.all([
    SigningKeys.open({ store, clock, logger, shared: true }),
    SigningKeys.open({ store, clock, logger, shared: true }),
  ])
  const before = a.sign('text', clock.now())
  const kid = await a.rotate()
  const from = a.publicSet().keys.find((key) => key.kid === kid)!.from
  // Until then the one that made it signs with the old one too.
  expect(a.sign('text', from - 1)).toEqual(before)
  for (let at = clock.now(); at < from; at += 1000) await clock.advance(1000)
  expect(a.sign('text', from).kid).toBe(kid)
  expect(b.sign('text', from)).toEqual(a.sign('text', from))
  const verify = signatureVerifier(b.publicSet())
  expect(verify('text', before.kid, before.signature)).toBe(true)
  expect(verify('other', before.kid, before.signature)).toBe(false)
  for (const keys of [a, b]) keys.close()
})
