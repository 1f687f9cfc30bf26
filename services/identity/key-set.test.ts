import { expect, test } from 'bun:test'
import { errors, exportJWK, generateKeyPair } from 'jose'
import { until } from '../../test/until.ts'
import { remoteKeySet } from './key-set.ts'

const HOUR_MS = 3_600_000

/** A key server that can be told to be silent, and how often it was asked. */
async function keyServer() {
  const state = { kids: ['one'], asked: 0, isSilent: false }
  const { publicKey } = await generateKeyPair('EdDSA')
  const jwk = { ...(await exportJWK(publicKey)), alg: 'EdDSA' }
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => {
      state.asked++
      if (state.isSilent) return new Response('busy', { status: 503 })
      return Response.json({ keys: state.kids.map((kid) => ({ ...jwk, kid })) })
    },
  })
  let nowMs = 0
  const faults: (string | undefined)[] = []
  const set = remoteKeySet(new URL(server.url), {
    passedMs: () => nowMs,
    onFault: (fault) => faults.push(fault),
  })
  const keyOf = (kid: string) =>
    Promise.resolve(set.keys({ alg: 'EdDSA', kid }, { payload: '', signature: '' })).then(
      () => 'known',
      (cause: { code: string }) => cause.code,
    )
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { state, set, faults, keyOf, pass, [Symbol.asyncDispose]: () => server.stop(true) }
}

test('known keys stay in use for an evening while their server does not answer, and it is asked again', async () => {
  await using server = await keyServer()
  const { state, faults, keyOf, pass } = server
  expect(await keyOf('one')).toBe('known')
  expect(faults).toEqual([])
  state.isSilent = true
  for (let hour = 1; hour < 12; hour++) {
    pass(HOUR_MS)
    const { asked } = state
    expect([hour, await keyOf('one')]).toEqual([hour, 'known'])
    // Asked for again too: the fetch of the hour before may have been under way.
    await until(() => keyOf('one').then(() => state.asked > asked))
  }
  pass(HOUR_MS)
  expect(await keyOf('one')).toBe('keys_unavailable')
  state.isSilent = false
  pass(2_000)
  expect(await keyOf('one')).toBe('known')
  // Once at each change, not at each try.
  expect(faults).toEqual([expect.any(String), undefined])
})

test('a set that came in the very instant in which a token met the one before is newer than that one', async () => {
  await using server = await keyServer()
  const { state, set, keyOf, pass } = server
  expect(await keyOf('one')).toBe('known')
  pass(5_000)
  const version = set.version()
  expect(await set.isNewer(version)).toBe(true)
  // For whoever comes a little later with the old one, in the same instant: nothing is asked anew.
  expect(await set.isNewer(version)).toBe(true)
  expect(await set.isNewer(set.version())).toBe(false)
  expect(state.asked).toBe(2)
})

test('a key that is withdrawn goes with the next set', async () => {
  await using server = await keyServer()
  const { state, keyOf, pass } = server
  expect(await keyOf('one')).toBe('known')
  state.kids = ['two']
  pass(HOUR_MS)
  await until(async () => (await keyOf('one')) === new errors.JWKSNoMatchingKey().code)
  expect(await keyOf('two')).toBe('known')
})

test('a provider that answers without keys, as one that has just started, withdraws none', async () => {
  await using server = await keyServer()
  const { state, faults, keyOf, pass } = server
  expect(await keyOf('one')).toBe('known')
  state.kids = []
  pass(HOUR_MS)
  const { asked } = state
  await until(() => keyOf('one').then(() => state.asked > asked && faults.length > 0))
  expect(faults).toEqual(['it has no keys'])
  expect(await keyOf('one')).toBe('known')
})

test('tokens by unknown keys have a server that fails asked no more than every two seconds, and are not refused for good', async () => {
  await using server = await keyServer()
  const { state, keyOf, pass } = server
  const unknownKey = new errors.JWKSNoMatchingKey().code
  state.isSilent = true
  for (let token = 0; token < 10; token++) expect(await keyOf('one')).toBe('keys_unavailable')
  expect(state.asked).toBe(1)
  state.isSilent = false
  pass(2_000)
  expect(await keyOf('one')).toBe('known')
  // The set has just come: what is not in it is not asked for.
  for (let token = 0; token < 10; token++) expect(await keyOf('two')).toBe(unknownKey)
  expect(state.asked).toBe(2)
  state.isSilent = true
  pass(2_000)
  for (let token = 0; token < 10; token++) expect(await keyOf('two')).toBe('keys_unavailable')
  expect(state.asked).toBe(3)
  expect(await keyOf('one')).toBe('known')
  state.isSilent = false
  state.kids = ['one', 'two']
  pass(2_000)
  expect(await keyOf('two')).toBe('known')
})
