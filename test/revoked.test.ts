import { afterEach, expect, setSystemTime, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import mqtt from 'mqtt'
import { systemClock } from '../adapters/clock/clock.ts'
import { commands as token } from '../cli/commands/token.ts'
import { revocationsIn } from '../services/identity/revocations.ts'
import { runCommand } from './command-line.ts'
import { startRoar, startRoarIn, temporaryFolder } from './embedded.ts'

const SECRET = 'a secret for tests, long enough to be one'
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const tokenOf = (sub: string, jti?: string, claims = {}) => {
  const token = new SignJWT({ ...claims, ...(jti && { jti }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
  return token.setExpirationTime('1h').sign(new TextEncoder().encode(SECRET))
}

test('a revoked token is refused for taps, posts, votes and viewers, its connection ends, and a restart knows it', async () => {
  const folder = temporaryFolder()
  ends.push(() => folder.remove())
  const file = join(folder.path, 'revoked')
  const settings = ['--auth-secret', SECRET, '--auth-revoked', file]
  const flags = [...settings, '--mqtt-port', '0', '--edge-tokens', 'required', '--relay-secret', SECRET]
  const data = join(folder.path, 'data')
  const roar = await startRoarIn(data, systemClock, ...flags)
  const [revoked, other, owners] = [
    await tokenOf('ann', 'one'),
    await tokenOf('ann', 'two'),
    await tokenOf('bob'),
  ]
  const listen = (port: number, password: string) =>
    mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
      username: '',
      password,
      protocolVersion: 5,
      reconnectPeriod: 0,
    })
  const ask = (url: string, path: string, token: string, body: object) => {
    const headers = { authorization: `Bearer ${token}` }
    return fetch(`${url}/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }
  const boss = await tokenOf('boss', undefined, { role: 'producer' })
  const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
  await ask(roar.url, 'studio/shows/final/polls', boss, { poll: 'mvp', question: 'Who?', choices })
  await ask(roar.url, 'studio/shows/final/polls/mvp/open', boss, {})
  const statusOf = async (url: string, path: string, token: string, body: object) =>
    (await ask(url, `shows/final/${path}`, token, body)).status
  const post = (url: string, token: string) => statusOf(url, 'posts', token, { sticker: 'six' })

  const [first, second] = [await listen(roar.mqttPort!, revoked), await listen(roar.mqttPort!, other)]
  ends.push(() => second.endAsync(true))
  expect(await post(roar.url, revoked)).toBe(202)
  const told = new Promise((resolve) => first.once('disconnect', ({ reasonCode }) => resolve(reasonCode)))

  for (const each of [revoked, owners])
    expect((await runCommand(token, 'token revoke', [each, ...settings])).code).toBe(0)
  expect(await told).toBe(0x98)
  expect(second.connected).toBe(true)
  const refusedBy = async ({ url, mqttPort }: { url: string; mqttPort: number | undefined }) => {
    for (const token of [revoked, owners]) {
      expect(await post(url, token)).toBe(401)
      expect(await statusOf(url, 'reactions', token, { stickers: { six: 1 } })).toBe(401)
      expect(await statusOf(url, 'polls/mvp/votes', token, { choice: 'anna' })).toBe(401)
      await expect(listen(mqttPort!, token)).rejects.toThrow()
    }
    expect(await post(url, other)).not.toBe(401)
  }
  await refusedBy(roar)
  await roar.drain()
  const again = await startRoarIn(data, systemClock, ...flags)
  ends.push(() => again.drain())
  await refusedBy(again)
})

test('what a producer revoked stays so after a restart, with no file', async () => {
  const folder = temporaryFolder()
  ends.push(() => folder.remove())
  const start = () => startRoarIn(folder.path, systemClock, '--auth-secret', SECRET)
  const post = async ({ url }: { url: string }, token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const init = { method: 'POST', headers, body: JSON.stringify({ sticker: 'six' }) }
    return (await fetch(`${url}/v1/shows/final/posts`, init)).status
  }
  const [token, boss] = [await tokenOf('ann', 'one'), await tokenOf('boss', undefined, { role: 'producer' })]
  const roar = await start()
  expect(await post(roar, token)).toBe(202)
  const headers = { authorization: `Bearer ${boss}` }
  const exp = Math.floor(Date.now() / 1000) + 3600
  const revoke = (body: object, by = headers) =>
    fetch(`${roar.url}/v1/studio/revocations`, { method: 'POST', headers: by, body: JSON.stringify(body) })
  expect((await revoke({ sub: 'ann', exp }, { authorization: `Bearer ${token}` })).status).toBe(403)
  expect((await revoke({ jti: 'one', exp })).status).toBe(201)
  expect(await post(roar, token)).toBe(401)
  await roar.drain()
  const again = await start()
  ends.push(() => again.drain())
  expect(await post(again, token)).toBe(401)
  expect(await post(again, await tokenOf('ann', 'two'))).toBe(202)
})

test('what was revoked stays so where a start finds the clock a year ahead, and it is put right later', async () => {
  const folder = temporaryFolder()
  ends.push(() => folder.remove())
  const file = join(folder.path, 'revoked')
  const start = () =>
    startRoarIn(join(folder.path, 'data'), systemClock, '--auth-secret', SECRET, '--auth-revoked', file)
  const [byCall, byFile] = [await tokenOf('ann', 'one'), await tokenOf('bob', 'two')]
  const exp = Math.floor(Date.now() / 1000) + 3600
  writeFileSync(file, `${JSON.stringify({ jti: 'two', exp })}\n`)
  const roar = await start()
  const headers = { authorization: `Bearer ${await tokenOf('boss', undefined, { role: 'producer' })}` }
  const body = JSON.stringify({ jti: 'one', exp })
  expect((await fetch(`${roar.url}/v1/studio/revocations`, { method: 'POST', headers, body })).status).toBe(
    201,
  )
  await roar.drain()
  setSystemTime(new Date(Date.now() + 366 * 86_400_000))
  ends.push(() => setSystemTime())
  const again = await start()
  ends.push(() => again.drain())
  setSystemTime()
  for (const token of [byCall, byFile]) {
    const headers = { authorization: `Bearer ${token}` }
    const post = { method: 'POST', headers, body: JSON.stringify({ sticker: 'six' }) }
    expect((await fetch(`${again.url}/v1/shows/final/posts`, post)).status).toBe(401)
  }
})

test('a list of any length holds what has not expired, names the line that is none, and a list that cannot be used stops a start', async () => {
  const now = 1_000_000
  const list = '{"jti":"a","exp":999}\n\n{"sub":"b","exp":1001}\n'
  // The clock may be ahead.
  expect(revocationsIn(list, now)).toEqual([
    { jti: 'a', exp: 999 },
    { sub: 'b', exp: 1001 },
  ])
  const expired = '{"jti":"a","exp":999}\n'.repeat(100_000)
  expect(revocationsIn(expired + list, now)).toEqual([{ sub: 'b', exp: 1001 }])
  expect(() => revocationsIn('{"jti":"a","exp":1001}\n{"jti":"a"}', now)).toThrow('line 2 is not like')
  // Milliseconds, as the times of everything else.
  expect(() => revocationsIn('{"jti":"a","exp":1795703600000}', now)).toThrow('line 1 is not like')
  using folder = temporaryFolder()
  const file = join(folder.path, 'revoked')
  writeFileSync(file, 'ann\n')
  await expect(startRoar('--auth-revoked', file)).rejects.toThrow('auth-revoked')
  expect(existsSync(file) && readFileSync(file, 'utf8')).toBe('ann\n')
})
