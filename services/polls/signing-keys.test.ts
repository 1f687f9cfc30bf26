import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { receiptFault, signBatch } from '../../engine/polls/receipts.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Ballot } from '../../protocol/polls.ts'
import { sha256 } from '../sha256.ts'
import { Supervisor } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { type SigningJwk, SigningKeys, signatureVerifier } from './signing-keys.ts'

test('processes that open one store at once sign with one key', async () => {
  const clock = new ManualClock(1000)
  const store = memoryPollStore()
  const [a, b] = await Promise.all([
    SigningKeys.open({ store, clock, shared: true, health: UNSUPERVISED }),
    SigningKeys.open({ store, clock, shared: true, health: UNSUPERVISED }),
  ])
  expect(a.sign('text', 1000)).toEqual(b.sign('text', 1000))
  expect(JSON.stringify(a.publicSet())).not.toContain('"d"')
  for (const keys of [a, b]) keys.close()
})

test('a new key signs only once every process knows it, and what was signed before stays good', async () => {
  const clock = new ManualClock(1_000_000)
  const store = memoryPollStore()
  const [a, b] = await Promise.all([
    SigningKeys.open({ store, clock, shared: true, health: UNSUPERVISED }),
    SigningKeys.open({ store, clock, shared: true, health: UNSUPERVISED }),
  ])
  const atMs = clock.now()
  const before = a.sign('text', atMs)
  const kid = await a.rotate()
  const from = a.publicSet().keys.find((key) => key.kid === kid)!.from
  // Until then the one that made it signs with the old one too.
  expect(a.sign('text', from - 1)).toEqual(before)
  for (let at = clock.now(); at < from; at += 1000) await clock.advance(1000)
  expect(a.sign('text', from).kid).toBe(kid)
  expect(b.sign('text', from)).toEqual(a.sign('text', from))
  const verify = signatureVerifier(b.publicSet())
  expect(verify('text', before.kid, { signature: before.signature, atMs })).toBe(true)
  expect(verify('other', before.kid, { signature: before.signature, atMs })).toBe(false)
  for (const keys of [a, b]) keys.close()
})

test('while the store is unreachable the keys already known sign, the part says so once, and goes on by itself', async () => {
  const clock = new ManualClock(1_000_000)
  const store = memoryPollStore()
  const lines: string[] = []
  const supervisor = new Supervisor({
    clock,
    logger: pino({}, { write: (line: string) => lines.push(line) }),
  })
  const keys = await SigningKeys.open({
    store,
    clock,
    shared: true,
    health: supervisor.register('keys', { neededFor: [] }),
  })
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000)
      await new Promise((turn) => setImmediate(turn))
    }
  }
  const { signingKeys } = store
  store.signingKeys = () => Promise.reject(new RoarError('store_unavailable', 'the store does not answer'))
  await pass(60_000)
  expect(supervisor.states().keys).toMatchObject({ state: 'waiting' })
  expect(keys.sign('text', clock.now()).kid).toBe(keys.publicSet().keys[0]!.kid)
  store.signingKeys = signingKeys
  await pass(6_000)
  expect(supervisor.states().keys).toEqual({ state: 'working' })
  expect(lines).toHaveLength(2)
  keys.close()
})

test('a key that is followed by another, or revoked, signs nothing that is received later, for every verifier', async () => {
  const clock = new ManualClock(1_000_000)
  const keys = await SigningKeys.open({
    store: memoryPollStore(),
    clock,
    shared: false,
    health: UNSUPERVISED,
  })
  const { kid } = keys.sign('text', clock.now())
  /** What somebody signs who has kept the old key: the signature is good, and the time is not. */
  const stolen = { ...keys.sign('text', clock.now()) }
  const isGood = (atMs: number) =>
    signatureVerifier(keys.publicSet())('text', kid, { signature: stolen.signature, atMs })
  clock.advance(100_000)
  expect(isGood(clock.now())).toBe(true)
  await keys.rotate()
  expect(keys.publicSet().keys.map(({ from, to }) => [from, to])).toEqual([
    [1_100_000, undefined],
    [0, 1_100_000],
  ])
  clock.advance(100_000)
  expect([isGood(1_050_000), isGood(clock.now())]).toEqual([true, false])
  const [newest] = keys.publicSet().keys
  const revoked = clock.now()
  expect(await keys.revoke(newest!.kid, 'ann')).toBe(revoked)
  clock.advance(5)
  expect(await keys.revoke(newest!.kid, 'ben')).toBe(revoked)
  expect(await keys.revoke('nobody', 'ann')).toBeUndefined()
  const after = keys.sign('text', clock.now())
  expect(after.kid).not.toBe(newest!.kid)
  const old = keys.sign('text', revoked - 1)
  const verify = signatureVerifier(keys.publicSet())
  expect(old.kid).toBe(newest!.kid)
  expect(verify('text', old.kid, { signature: old.signature, atMs: revoked - 1 })).toBe(true)
  expect(verify('text', old.kid, { signature: old.signature, atMs: revoked })).toBe(false)
  keys.close()
})

test.each(['rotate', 'revoke'] as const)(
  'of votes that are written together while somebody does %s the key every receipt is good',
  async (action) => {
    const clock = new ManualClock(1_000_000)
    const keys = await SigningKeys.open({
      store: memoryPollStore(),
      clock,
      shared: false,
      health: UNSUPERVISED,
    })
    const before = clock.now() - 1
    if (action === 'revoke') await keys.revoke(keys.publicSet().keys[0]!.kid, 'ann')
    else await keys.rotate('ann')
    const ballots = [before, clock.now(), clock.now() + 1].map((at, n) => ({ ...ballotOf(n), at }))
    const places = ballots.map((_, offset) => ({ partition: 0, offset }))
    const verify = signatureVerifier(keys.publicSet())
    for (const order of [ballots, ballots.toReversed()])
      for (const receipt of signBatch(order, places, { sha256, signer: keys, papers: () => 'paper' }))
        expect([receipt.at, receiptFault(receipt, { sha256, verify })]).toEqual([receipt.at, undefined])
    keys.close()
  },
)

const ballotOf = (n: number): Ballot => ({
  ...{ show: 'final', poll: 'mvp', producer: 'in-1', sequence: n, batch: 0, size: 3, ballot: `b${n}` },
  ...{ voter: `v${n}`, segment: '', choice: ['anna'], points: [1], at: 0, late: false },
  ...{ quarantined: false, ordinal: 1, salt: `salt${n}`, markSalt: `mark${n}` },
})

test('a key set in which another key has the name of the one that signed verifies nothing of that name', async () => {
  const clock = new ManualClock(1000)
  const open = () =>
    SigningKeys.open({ store: memoryPollStore(), clock, shared: false, health: UNSUPERVISED })
  const [keys, others] = await Promise.all([open(), open()])
  const [own, other] = [keys, others].map((keys) => keys.publicSet().keys[0]!) as [SigningJwk, SigningJwk]
  const signed = { ...others.sign('text', 1000), kid: own.kid }
  const good = (set: SigningJwk[], { kid, signature } = signed) =>
    signatureVerifier({ keys: set })('text', kid, { signature, atMs: 1000 })
  expect(good([own], keys.sign('text', 1000))).toBe(true)
  expect(good([{ ...other, kid: own.kid }])).toBe(false)
  expect(good([own, { ...other, kid: own.kid }])).toBe(false)
  // Named twice, it is revoked: what comes first is what others go by.
  expect(good([{ ...own, revoked: 1 }, own], keys.sign('text', 1000))).toBe(false)
  for (const each of [keys, others]) each.close()
})
