import { Database } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { createPrivateKey, sign } from 'node:crypto'
import { join } from 'node:path'
import { keyIdOf } from '../../engine/polls/checkpoints.ts'
import { checkpointText, signedNote } from '../../protocol/checkpoints.ts'
import { sha256 } from '../../services/sha256.ts'
import { startVoting, tokenOf } from '../../test/polls/voting.ts'
import { until } from '../../test/until.ts'
import { heads, type LogState } from '../src/heads/index.ts'
import { ownPlatform } from '../src/platform.ts'
import { ANSWER_MS_MAX } from '../src/request.ts'
import type { Receipt } from '../src/votes/index.ts'
import { memoryStorage } from '../src/votes/records.ts'

/** Where the clients believe the server to be: it is stopped, meddled with, and starts again. */
const URL = 'http://roar.test'
const AT = '/v1/shows/final/polls'
let server = await startVoting()
afterAll(async () => {
  await server.stop()
  server.data.remove()
})

/** A page, whose waits end when the test says so. */
function page({
  storage = memoryStorage(),
  answer = (_url: string, response: Response) => response as Response | Promise<Response>,
} = {}) {
  const waits = new Set<() => void>()
  const log = heads(
    { url: URL, show: 'final', storage },
    {
      ...ownPlatform(),
      fetch: async (url, init) => answer(url, await fetch(url.replace(URL, server.url), init)),
      after(ms, callback) {
        // What belongs to a request is the network's.
        if (ms <= ANSWER_MS_MAX) return ownPlatform().after(ms === ANSWER_MS_MAX ? ms : 1, callback)
        waits.add(callback)
        return () => waits.delete(callback)
      },
    },
  )
  const told: LogState[] = []
  log.on((_, state) => told.push(state))
  return {
    log,
    told,
    storage,
    wait() {
      for (const callback of waits) callback()
      waits.clear()
    },
    reaches: (poll: string, wanted: LogState['state']) =>
      until(
        () => log.of(poll),
        ({ state }) => state === wanted,
      ),
  }
}

async function vote(poll: string, name: string): Promise<Receipt> {
  // After a start the ballots of before are read first.
  const { status, receipt } = await until(
    () => server.vote(poll, tokenOf(name), { choice: 'anna' }),
    ({ status }) => status !== 503,
  )
  expect(status).toBe(201)
  return receipt
}

async function opened(poll: string, names: string[]): Promise<Receipt[]> {
  await server.create(poll)
  await server.act(poll, 'open')
  const receipts: Receipt[] = []
  for (const name of names) receipts.push(await vote(poll, name))
  // A head is made after its ballots: the newest may still be of fewer.
  await until(
    () => packetOf(poll),
    ({ head }) => head.includes(`\n${names.length}\n`),
  )
  return receipts
}

const packetOf = async (poll: string, ballots = 0) => ({
  poll,
  state: 'open' as const,
  ballots,
  version: 1,
  head: (await server.json<{ heads: string[] }>(`${AT}/${poll}/heads`)).heads[0]!,
})

/** Somebody at the server's files, who also covers the tracks. */
async function meddled(meddle: (log: Database) => void): Promise<void> {
  await server.stop()
  const [log, store] = ['log.db', 'roar.db'].map((name) => new Database(join(server.data.path, name)))
  meddle(log!)
  store!.run('DELETE FROM tree_heads')
  store!.run('DELETE FROM log_ends')
  log!.close()
  store!.close()
  server = await startVoting({ data: server.data })
}

const forging = (poll: string) => (log: Database) =>
  log.run(`UPDATE log_ballots SET value = CAST(replace(value, 'anna', 'ben') AS BLOB)
    WHERE value LIKE '%"poll":"${poll}"%'`)

test('an honest log grows to its certificate, before and after a reload, and each ballot is under its heads', async () => {
  const [, mine] = await opened('honest', ['a', 'b', 'c'])
  const { log, told, storage, reaches } = page()
  log.packet(await packetOf('honest'))
  expect(await reaches('honest', 'growing')).toEqual({ state: 'growing', size: 3 })
  const later = await vote('honest', 'd')
  expect(await log.check('honest', mine)).toMatchObject({ state: 'growing' })
  expect(await log.check('honest', later)).toMatchObject({ state: 'growing' })
  await server.act('honest', 'close')
  await server.act('honest', 'seal')
  const reloaded = page({ storage }).log
  expect(await reloaded.check('honest', later)).toEqual({ state: 'sealed', size: 4, witnesses: [] })
  expect(told.map(({ state }) => state)).toEqual(['growing'])
})

test('what is not Roar accuses no log: a network that answers with JSON of its own is no answer', async () => {
  const [mine] = await opened('portal', ['a', 'b'])
  const { log, storage, reaches } = page()
  log.packet(await packetOf('portal'))
  await reaches('portal', 'growing')
  await vote('portal', 'c')
  // Once more is in the log each of these is asked for.
  for (const path of [/\/keys$/, /\/heads$/, /\/heads\?from/, /\/heads\?place/, /\/certificate$/]) {
    const signIn = { login: 'https://portal.example' }
    const answer = (url: string, response: Response) => (path.test(url) ? Response.json(signIn) : response)
    await until(
      () => packetOf('portal'),
      ({ head }) => head.includes('\n3\n'),
    )
    const kept = memoryStorage()
    kept.setItem(storage.key(0)!, storage.getItem(storage.key(0)!)!)
    await expect(page({ storage: kept, answer }).log.check('portal', mine)).rejects.toMatchObject({
      code: 'not_roar',
    })
  }
})

test('a second history is found after a reload, and where two heads have one size at once', async () => {
  await opened('forked', ['a', 'b', 'c'])
  const { log, storage, reaches } = page()
  const before = await packetOf('forked')
  log.packet(before)
  await reaches('forked', 'growing')
  await meddled(forging('forked'))
  const after = await packetOf('forked')
  const evidence = [before.head, after.head]
  expect(await page({ storage }).log.check('forked')).toEqual({ state: 'wrong', fault: 'forked', evidence })
  log.packet(after)
  expect(await reaches('forked', 'wrong')).toEqual({ state: 'wrong', fault: 'forked', evidence })
  // What was wrong once stays so.
  log.packet(before)
  expect((await log.check('forked')).state).toBe('wrong')
})

test('a log that lost ballots is found; an edge that is behind is not one', async () => {
  await opened('shrunk', ['a', 'b'])
  const small = await packetOf('shrunk')
  await vote('shrunk', 'c')
  const { log, wait, reaches } = page()
  const big = await until(
    () => packetOf('shrunk'),
    ({ head }) => head.includes('\n3\n'),
  )
  log.packet(big)
  await reaches('shrunk', 'growing')
  log.packet(small)
  await log.check('shrunk')
  wait()
  expect((await log.check('shrunk')).state).toBe('growing')
  await meddled((log) => {
    log.run('DELETE FROM log_ballots WHERE place = (SELECT MAX(place) FROM log_ballots)')
    log.run('DELETE FROM log_tallies')
  })
  log.packet({ ...small, version: 2 })
  log.packet({ ...small, head: (await packetOf('shrunk')).head })
  expect(await log.check('shrunk')).toMatchObject({ state: 'wrong', fault: 'shrunk' })
})

test('where the keys do not come the next question asks for them again', async () => {
  await opened('keyless', ['a'])
  let left = 2
  const { log, reaches } = page({
    answer: (url, response) =>
      url.endsWith('/v1/keys') && left-- > 0
        ? new Response('{"type":"urn:roar:error:overloaded","code":"overloaded"}', { status: 503 })
        : response,
  })
  const packet = await packetOf('keyless')
  log.packet(packet)
  await expect(log.check('keyless')).rejects.toMatchObject({ code: 'overloaded' })
  log.packet(packet)
  expect(await reaches('keyless', 'growing')).toEqual({ state: 'growing', size: 1 })
  expect(await log.check('keyless')).toEqual({ state: 'growing', size: 1 })
})

test('a head by a key that was revoked is no news, and what was seen under it before is compared with', async () => {
  await opened('revoked', ['a', 'b'])
  const { log, storage, reaches } = page()
  const old = await packetOf('revoked')
  log.packet(old)
  await reaches('revoked', 'growing')
  const [{ kid }] = (await server.json<{ keys: { kid: string }[] }>('/v1/keys')).keys as [{ kid: string }]
  const store = new Database(join(server.data.path, 'roar.db'), { readonly: true })
  const { jwk } = store
    .query<{ jwk: string }, [string]>('SELECT jwk FROM signing_keys WHERE kid = ?')
    .get(kid)!
  store.close()
  await server.produce('DELETE', `/keys/${kid}`)
  expect((await packetOf('revoked')).head.split('\n\n')[0]).toBe(old.head.split('\n\n')[0]!)
  /** Whoever has kept the key shows more ballots than there are. */
  const name = 'roar/final/revoked'
  const text = checkpointText(name, { size: 9, root: Buffer.alloc(32, 1).toString('base64') })
  const key = createPrivateKey({ key: JSON.parse(jwk), format: 'jwk' })
  const keyId = keyIdOf(sha256, name, Buffer.from(JSON.parse(jwk).x, 'base64url'))
  const forged = {
    ...old,
    head: signedNote(text, { name, keyId, signature: sign(null, Buffer.from(text), key) }),
  }
  log.packet(await packetOf('revoked'))
  log.packet(forged)
  expect(await log.check('revoked')).toEqual({ state: 'growing', size: 2 })
  const fresh = page()
  fresh.log.packet(forged)
  expect(await fresh.log.check('revoked')).toEqual({ state: 'growing', size: 2 })
  // Shown by a server in its own place, it is no answer.
  const shown = page({
    storage,
    answer: (url, response) => (url.endsWith('/heads') ? Response.json({ heads: [old.head] }) : response),
  })
  await expect(shown.log.check('revoked')).rejects.toMatchObject({ code: 'not_roar' })
  const kept = memoryStorage()
  kept.setItem(`roar.heads ${URL} ${name.slice('roar/'.length)}`, old.head)
  await meddled(forging('revoked'))
  expect(await page({ storage: kept }).log.check('revoked')).toMatchObject({
    state: 'wrong',
    fault: 'forked',
  })
})

test('a log that stopped is told, and that it goes on', async () => {
  await opened('stopped', ['a'])
  const { log, told, wait, reaches } = page()
  const packet = await packetOf('stopped', 5)
  log.packet(packet)
  await reaches('stopped', 'growing')
  log.packet(packet)
  wait()
  expect(log.of('stopped')).toEqual({ state: 'stopped', size: 1 })
  await vote('stopped', 'b')
  const next = await until(
    () => packetOf('stopped', 2),
    ({ head }) => head !== packet.head,
  )
  log.packet(next)
  await reaches('stopped', 'growing')
  expect(told.map(({ state }) => state)).toEqual(['growing', 'stopped', 'growing'])
})

test('a ballot that is under no head, and a certificate that is not the last one, are found', async () => {
  const [mine] = await opened('lied', ['a', 'b'])
  const gone = JSON.stringify({ type: 'urn:roar:error:unknown_ballot', code: 'unknown_ballot' })
  const hiding = page({
    answer: (url, response) => (url.includes('place=') ? new Response(gone, { status: 404 }) : response),
  })
  expect(await hiding.log.check('lied', mine)).toMatchObject({ state: 'wrong', fault: 'missing' })
  await server.act('lied', 'close')
  await server.act('lied', 'seal')
  const forging = page({
    async answer(url, response) {
      if (!url.endsWith('/certificate')) return response
      const certificate = (await response.json()) as { statement: { ballots: number } }
      certificate.statement.ballots++
      return Response.json(certificate)
    },
  })
  expect(await forging.log.check('lied')).toMatchObject({ state: 'wrong', fault: 'certificate' })
})

test('what nobody signed is no head, and what another server showed at this address is no history of this one', async () => {
  await opened('other', ['a', 'b'])
  const { log, storage, told } = page()
  const { head, ...rest } = await packetOf('other')
  log.packet({ ...rest, head: head.replace('\n2\n', '\n3\n') })
  storage.setItem(`roar.heads ${URL} final/other`, head.replace('roar/final/other ', 'roar/final/other AAAA'))
  expect(await log.check('other')).toEqual({ state: 'growing', size: 2 })
  expect(told.map(({ state }) => state)).toEqual(['growing'])
  // The page stays open through a rehearsal's end: the show is on new data, under other keys.
  const rehearsal = server
  server = await startVoting()
  await opened('other', ['a'])
  log.packet(await packetOf('other'))
  expect(await log.check('other')).toEqual({ state: 'growing', size: 1 })
  await server.stop()
  server.data.remove()
  server = rehearsal
})
