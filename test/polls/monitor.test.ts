import { Database } from 'bun:sqlite'
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commands } from '../../cli/commands/monitor.ts'
import { Monitor } from '../../cli/monitor/monitor.ts'
import { openRecord } from '../../cli/monitor/record.ts'
import { sourceOf } from '../../cli/monitor/sources.ts'
import { headFault, seenBy } from '../../engine/polls/certificates.ts'
import { isCosignature, witnessKeyOf } from '../../engine/polls/checkpoints.ts'
import { originOf, readNote } from '../../protocol/checkpoints.ts'
import { type Certificate, certificateText } from '../../protocol/polls.ts'
import { type JwkSet, verifyBytes } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { heard } from '../command-line.ts'
import { temporaryFolder } from '../embedded.ts'
import { ROAR } from '../roar-process.ts'
import { until } from '../until.ts'
import { startVoting, tokenOf } from './voting.ts'
import { startWitness } from './witness.ts'

type Roar = Awaited<ReturnType<typeof startVoting>>

const MINUTE_MS = 60_000
const NOW = 1_795_349_712_000
let roar: Roar
/** The one address of a server that is stopped, meddled with and started again. */
const front = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: ({ url }) =>
    between(new URL(url).pathname) ??
    fetch(url.replace(new URL(url).origin, roar.url)).catch(() => new Response('away', { status: 502 })),
})
/** What a cache, or a thief, answers in the server's place. */
let between = (_path: string): Response | undefined => undefined
afterEach(() => {
  between = () => undefined
})
const server = front.url.href.replace(/\/$/, '')
const folder = temporaryFolder()
afterAll(async () => {
  await front.stop(true)
  folder.remove()
})

let monitors = 0
function monitorOf(poll: string, record = `m${++monitors}`) {
  const told: string[] = []
  const monitor = new Monitor({
    sources: [sourceOf(`${server}/v1/shows/final/polls/${poll}`)!],
    ...openRecord(join(folder.path, record)),
    stoppedAfterMs: MINUTE_MS,
    tell: (line) => told.push(line),
  })
  return { monitor, told, record }
}

async function votes(poll: string, names: string[]): Promise<void> {
  for (const name of names) {
    // After a start the ballots of before are read first.
    const { status } = await until(
      () => roar.vote(poll, tokenOf(name), { choice: 'anna' }),
      ({ status }) => status !== 503,
    )
    expect(status).toBe(201)
  }
}

async function opened(poll: string, names: string[]): Promise<void> {
  await roar.create(poll)
  await roar.act(poll, 'open')
  await votes(poll, names)
}

async function sealed(poll: string): Promise<Certificate> {
  await roar.act(poll, 'close')
  expect((await roar.act(poll, 'seal')).status).toBe(200)
  return roar.json<Certificate>(`/v1/shows/final/polls/${poll}/certificate`)
}

const newestHead = async (poll: string): Promise<string> =>
  (await roar.json<{ heads: string[] }>(`/v1/shows/final/polls/${poll}/heads`)).heads?.[0] ?? ''

/** A head is signed each few seconds, so it may have fewer ballots than were cast. */
const shown = (poll: string, size: number): Promise<boolean> =>
  until(async () => readNote(await newestHead(poll))?.text.split('\n')[1] === String(size))

/** Somebody at the files who also covers the tracks: the store remembers no head. */
async function meddled(meddle: (files: { log: Database; store: Database }) => void): Promise<void> {
  await roar.stop()
  const [log, store] = ['log.db', 'roar.db'].map((name) => new Database(join(roar.data.path, name)))
  meddle({ log: log!, store: store! })
  store!.run('DELETE FROM tree_heads')
  store!.run('DELETE FROM log_ends')
  log!.close()
  store!.close()
  roar = await startVoting({ data: roar.data })
}

beforeAll(async () => {
  roar = await startVoting()
})
afterAll(async () => {
  await roar.stop()
  roar.data.remove()
})

test('an honest poll is followed to its certificate, through restarts of the server and of the monitor', async () => {
  await opened('honest', ['a', 'b'])
  await shown('honest', 2)
  const { monitor, told, record } = monitorOf('honest')
  expect(await monitor.look(NOW)).toEqual([])
  await meddled(() => {})
  await votes('honest', ['c', 'd', 'e'])
  await shown('honest', 5)
  const again = monitorOf('honest', record)
  expect(await again.monitor.look(NOW)).toEqual([])
  await sealed('honest')
  expect(await again.monitor.look(NOW)).toEqual([])
  expect(await again.monitor.look(NOW)).toEqual([])
  expect([...told, ...again.told]).toEqual([
    'roar/final/honest: 2 ballots',
    'roar/final/honest: 5 ballots',
    'roar/final/honest: sealed, the certificate is the last head',
  ])
})

test('roar monitor says why it goes on after the seal, and ends by a signal', async () => {
  await opened('over', ['a'])
  await sealed('over')
  const watched = [`${server}/v1/shows/final/polls/over`, '--record', join(folder.path, 'over')]
  const child = Bun.spawn([ROAR, 'monitor', ...watched], { stdout: 'pipe' })
  let said = ''
  for await (const bytes of child.stdout) {
    said += new TextDecoder().decode(bytes)
    if (said.includes('everything is sealed; watching for a second certificate until Ctrl-C')) child.kill()
  }
  expect(said.match(/sealed/g)).toHaveLength(2)
  expect(await child.exited).toBe(0)
})

test('a log that lost its end is found, once it cannot be a process that is behind', async () => {
  await opened('shrunk', ['a', 'b', 'c'])
  await shown('shrunk', 3)
  const { monitor } = monitorOf('shrunk')
  expect(await monitor.look(NOW)).toEqual([])
  await meddled(({ log }) => {
    log.run('DELETE FROM log_ballots WHERE place = (SELECT MAX(place) FROM log_ballots)')
    log.run('DELETE FROM log_tallies')
  })
  // After a start the ballots of before are read first.
  await shown('shrunk', 2)
  expect(await monitor.look(NOW)).toEqual([])
  const detail = 'it had 3 ballots, and now has 2'
  // With --once, too, this look is no good one.
  expect(monitor.unchecked).toEqual([`roar/final/shrunk: ${detail}`])
  expect(await monitor.look(NOW + MINUTE_MS)).toEqual([{ kind: 'shrunk', detail }])
})

test('a second history is found, and what was shown is kept as evidence', async () => {
  await opened('forked', ['a', 'b', 'c'])
  await shown('forked', 3)
  const { monitor, record } = monitorOf('forked')
  expect(await monitor.look(NOW)).toEqual([])
  await meddled(({ log }) =>
    log.run(`UPDATE log_ballots SET value = CAST(replace(value, 'anna', 'ben') AS BLOB)
      WHERE value LIKE '%"poll":"forked"%'`),
  )
  await votes('forked', ['d'])
  const [complaint] = await monitor.look(NOW)
  expect(complaint).toMatchObject({ kind: 'forked' })
  expect(complaint!.detail).toMatch(
    /^the tree of [34] ballots does not begin with the tree of 3 that was shown before$/,
  )
  const kept = openRecord(join(folder.path, record)).seen
  expect(kept.map(({ by }) => by)).toEqual(['keys', 'heads', 'evidence', 'complaint'])
  const notes = kept.slice(1, 3).map(({ what }) => what.split('\n')[1])
  expect(notes[0]).toBe('3')
  expect(new Set(kept.map(({ what }) => what)).size).toBe(4)
  expect(kept[3]!.what).toBe(`forked: ${complaint!.detail}`)
  // What was complained of is nothing to go on from: after a restart the complaint is the same.
  expect(await monitorOf('forked', record).monitor.look(NOW)).toMatchObject([{ kind: 'forked' }])
})

test('a second certificate is found, though the right key signed it', async () => {
  await opened('twice', ['a', 'b'])
  const { statement } = await sealed('twice')
  const { monitor, record } = monitorOf('twice')
  expect(await monitor.look(NOW)).toEqual([])
  await meddled(({ store }) => {
    const [{ jwk }] = store.query<{ jwk: string }, []>('SELECT jwk FROM signing_keys').all() as [
      { jwk: string },
    ]
    const forged = { ...statement, result: { anna: 1, ben: 1, cleo: 0 } }
    const key = createPrivateKey({ key: JSON.parse(jwk), format: 'jwk' })
    const signature = sign(null, Buffer.from(certificateText(forged)), key).toString('base64url')
    const document = JSON.stringify({ statement: forged, kid: JSON.parse(jwk).kid, signature })
    store.run("UPDATE certificates SET document = ? WHERE poll_id = 'twice'", [document])
  })
  const detail = 'there is a second certificate, and it says something else'
  expect(await monitor.look(NOW)).toEqual([{ kind: 'forked', detail }])
  const kept = openRecord(join(folder.path, record)).seen
  expect(kept.map(({ by }) => by)).toEqual(['keys', 'heads', 'certificate', 'evidence', 'complaint'])
  expect(await monitorOf('twice', record).monitor.look(NOW)).toEqual([{ kind: 'forked', detail }])
})

test('a log that stopped is told once, and followed on when it goes on', async () => {
  await opened('stopped', ['a'])
  const { monitor } = monitorOf('stopped')
  expect(await monitor.look(NOW)).toEqual([])
  await roar.stop()
  expect(await monitor.look(NOW)).toEqual([])
  expect(await monitor.look(NOW + MINUTE_MS)).toMatchObject([{ kind: 'stopped' }])
  expect(await monitor.look(NOW + 2 * MINUTE_MS)).toEqual([])
  roar = await startVoting({ data: roar.data })
  await votes('stopped', ['b'])
  expect(await monitor.look(NOW + 3 * MINUTE_MS)).toEqual([])
})

test.each([
  ['http://127.0.0.1:1/v1/shows/final', 'final: http://127.0.0.1:1 cannot be reached: nothing listens there'],
  [
    'http://127.0.0.1:1/v1/shows/final/polls/p',
    'roar/final/p: http://127.0.0.1:1 cannot be reached: nothing',
  ],
  ['SERVER/v1/shows/final/polls/nobody', 'roar/final/nobody: 404 unknown_poll: '],
  ['SERVER/v1/shows/nobody', 'nobody: 404 unknown_show: '],
])('roar monitor --once says what it could not check, and ends with 2: %s', async (address, sentence) => {
  const run = () =>
    commands[0]!.run([address.replace('SERVER', server), '--once', '--record', join(folder.path, 'nothing')])
  const { code, out } = await heard(run)
  expect(out).toContain(` ${sentence}`)
  expect(code).toBe(2)
})

test.each([
  ['a poll that is none', () => Response.json({ polls: [{ poll: 'mvp\n2026-11-29 roar/final/mvp: fine' }] })],
  [
    'a reason of two lines',
    () => Response.json({ code: 'x', detail: 'y\r\n2026-11-29 fine' }, { status: 500 }),
  ],
])(
  'what a server says of itself is in a line of the monitor and never one of its own: %s',
  async (_what, says) => {
    between = (path) => (path === '/v1/shows/final' ? says() : undefined)
    const asked = [`${server}/v1/shows/final`, '--once', '--record', join(folder.path, 'spoken')]
    const { code, out } = await heard(() => commands[0]!.run(asked))
    expect(code).toBe(2)
    expect(out).toMatch(/^\d{4}-\S+Z final: [^\n\r]*\n$/)
  },
)

const KEYS_SEEN = '{"at":1,"by":"keys","server":"http://roar.test","show":"final","poll":"mvp","what":"{}"}'
test.each(['null', '[]', '{"at":"yesterday","by":"heads"}', KEYS_SEEN])(
  'a record with a line that is no entry is named with the line: %s',
  async (line) => {
    const record = join(folder.path, `damaged-${line.length}`)
    mkdirSync(record)
    writeFileSync(join(record, 'seen.ndjson'), `${line}\n`)
    const asked = [`${server}/v1/shows/final`, '--once', '--record', record]
    await expect(commands[0]!.run(asked)).rejects.toThrow('line 1 is damaged')
  },
)

test.each([
  ['nothing', () => ''],
  ['no key', () => 'a'],
  [
    'a key of another kind',
    () =>
      String(
        generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
          format: 'pem',
          type: 'pkcs8',
        }),
      ),
  ],
])(
  'a witness whose file has %s says so in a sentence, and ends not with the code of a fork',
  async (_what, key) => {
    const record = join(folder.path, `witness-${++monitors}`)
    mkdirSync(record)
    writeFileSync(join(record, 'witness-key.pem'), key())
    const asked = [`${server}/v1/shows/final`, '--record', record, '--witness-name', 'watcher.example']
    await expect(commands[0]!.run(asked)).rejects.toThrow('is not the key of a witness')
  },
)

test('roar monitor looks at all polls of a show, and ends with 1 where one is of a second history', async () => {
  await opened('shown', ['a', 'b'])
  const [monitor] = commands
  const record = join(folder.path, 'by-command')
  const run = () => monitor!.run([`${server}/v1/shows/final/polls/shown`, '--once', '--record', record])
  expect(await run()).toBe(0)
  await meddled(({ log }) =>
    log.run(`UPDATE log_ballots SET value = CAST(replace(value, 'anna', 'ben') AS BLOB)
      WHERE value LIKE '%"poll":"shown"%'`),
  )
  expect(await run()).toBe(1)
  expect(monitor!.run(['https://roar.example', '--once'])).rejects.toThrow(
    'is not the address of a poll or a show',
  )
})

const keysNow = async () => (await roar.json<JwkSet>('/v1/keys')).keys

/** Revokes the newest key, and says when it ended. */
async function revoked(): Promise<number> {
  const { kid } = (await keysNow())[0]!
  await roar.produce('DELETE', `/keys/${kid}`)
  const { to, revoked } = (await keysNow()).find((key) => key.kid === kid)!
  return Math.min(to!, revoked!)
}

test('a head by a key that was revoked is refused by monitor and witness; the server signs its own anew', async () => {
  await opened('revoked', ['a', 'b'])
  await shown('revoked', 2)
  const old = await newestHead('revoked')
  const endMs = await revoked()
  const anew = await newestHead('revoked')
  expect(anew).not.toBe(old)
  expect(readNote(anew)!.text).toBe(readNote(old)!.text)
  const { monitor } = monitorOf('revoked')
  expect(await monitor.look(endMs + MINUTE_MS)).toEqual([])
  // Caches and processes that lag may show the old one a little longer.
  between = (path) => (path.endsWith('/heads') ? Response.json({ heads: [old] }) : undefined)
  expect(await monitor.look(endMs + 29_999)).toEqual([])
  const detail = 'a signed head is not valid: its key was revoked, or another follows it'
  expect(await monitor.look(endMs + 30_000)).toEqual([{ kind: 'forked', detail }])
  const { privateKey } = generateKeyPairSync('ed25519')
  const cosigned = async (note: string, now: number) => {
    const request = new Request('http://watcher.example/add-checkpoint', {
      method: 'POST',
      body: `old 0\n\n${note}`,
    })
    const signer = { name: 'watcher.example', privateKey, publicKey: new Uint8Array(32) }
    return (await monitor.answer(request, signer, now)).status
  }
  expect([await cosigned(old, endMs + 30_000), await cosigned(anew, endMs + 30_000)]).toEqual([403, 200])
})

test('a cache that does not show a new key yet, or not the last head, is no forgery until it is too old for a cache', async () => {
  await opened('cached', ['a', 'b'])
  await shown('cached', 2)
  const { monitor } = monitorOf('cached')
  const keys = await keysNow()
  await roar.produce('POST', '/keys')
  between = (path) => (path === '/v1/keys' ? Response.json({ keys }) : undefined)
  expect(await monitor.look(NOW)).toEqual([])
  expect(monitor.unchecked).toEqual(['roar/final/cached: no key in use signed it'])
  const detail = 'a signed head is not valid: no key in use signed it'
  expect(await monitor.look(NOW + 2 * MINUTE_MS)).toEqual([{ kind: 'forked', detail }])
  between = () => undefined
  expect(await monitor.look(NOW)).toEqual([])
  const early = await newestHead('cached')
  await votes('cached', ['c'])
  await sealed('cached')
  between = (path) => (path.endsWith('/heads') ? Response.json({ heads: [early] }) : undefined)
  expect(await monitor.look(NOW)).toEqual([])
  const behind = 'the certificate is for 3 ballots, the last head for 2'
  expect(monitor.unchecked).toEqual([`roar/final/cached: ${behind}`])
  expect(await monitor.look(NOW + 15_000)).toEqual([{ kind: 'forked', detail: behind }])
})

test('a certificate by a key that a cache does not show yet is no forgery until it is too old for a cache', async () => {
  await opened('cached-seal', ['a'])
  await shown('cached-seal', 1)
  const { monitor } = monitorOf('cached-seal')
  const [keys, early] = [await keysNow(), await newestHead('cached-seal')]
  await roar.produce('POST', '/keys')
  await sealed('cached-seal')
  const cached: Record<string, object> = { keys: { keys }, heads: { heads: [early] } }
  between = (path) => {
    const answer = cached[path.split('/').at(-1)!]
    return answer && Response.json(answer)
  }
  const fault = 'the signature is not valid'
  expect(await monitor.look(NOW)).toEqual([])
  expect(monitor.unchecked).toEqual([`roar/final/cached-seal: ${fault}`])
  const detail = `the certificate is not valid: ${fault}`
  expect(await monitor.look(NOW + 2 * MINUTE_MS)).toEqual([{ kind: 'forked', detail }])
})

test('a log that grows has not stopped, though the count is ahead of each head; what was seen is kept, whatever is not answered', async () => {
  await opened('busy', ['a'])
  await shown('busy', 1)
  const { monitor, told, record } = monitorOf('busy')
  const document = (ballots: number) => (path: string) =>
    path.endsWith('/polls/busy') ? Response.json({ ballots }) : undefined
  between = document(10)
  expect(await monitor.look(NOW)).toEqual([])
  await votes('busy', ['b'])
  await shown('busy', 2)
  expect(await monitor.look(NOW + MINUTE_MS)).toEqual([])
  await votes('busy', ['c'])
  await shown('busy', 3)
  between = (path) => (path.endsWith('/polls/busy') ? new Response('away', { status: 502 }) : undefined)
  expect(await monitor.look(NOW + 2 * MINUTE_MS)).toEqual([])
  between = document(10)
  expect(await monitor.look(NOW + 3 * MINUTE_MS)).toMatchObject([{ kind: 'stopped' }])
  const kept = openRecord(join(folder.path, record)).seen
  const sizes = kept.filter(({ by }) => by === 'heads').map(({ what }) => what.split('\n')[1])
  expect(sizes).toEqual(['1', '2', '3'])
  expect(told.slice(0, 3)).toEqual([1, 2, 3].map((size) => `roar/final/busy: ${size} ballots`))
})

test.each<[string, (keys: JwkSet['keys']) => JwkSet['keys'], RegExp]>([
  ['was revoked and is taken out', (keys) => keys.filter(({ revoked }) => revoked === undefined), /is gone/],
  [
    'is another under the same name',
    (keys) => keys.map((key, i) => (i === 1 ? { ...key, x: keys[0]!.x } : key)),
    /is gone/,
  ],
  [
    'is there again without its end',
    (keys) => [...keys, { ...keys[1]!, to: keys[1]!.from + 1e12 }],
    /is there twice/,
  ],
  [
    'is revoked from a time that had passed',
    (keys) => keys.map((key, i) => (i === 1 ? { ...key, revoked: key.from } : key)),
    /had revoked unset, and now has revoked \d+$/,
  ],
  [
    'was revoked and no longer is',
    (keys) => keys.map(({ revoked: _, ...key }) => key),
    /had revoked \d+, and now has revoked unset$/,
  ],
  [
    'is added to the past',
    (keys) => [...keys, { ...keys[0]!, kid: 'x', from: 5 }],
    /the key x is new, and begins in the past: from 5$/,
  ],
])('a key that %s is told, after a restart of the monitor too', async (_, change, detail) => {
  const poll = `keys-${++monitors}`
  await opened(poll, ['a'])
  await shown(poll, 1)
  await revoked()
  await roar.produce('POST', '/keys')
  await roar.produce('POST', '/keys')
  const { monitor, record } = monitorOf(poll)
  const laterMs = Date.now() + 60 * MINUTE_MS
  expect(await monitor.look(laterMs)).toEqual([])
  const keys = change(await keysNow())
  between = (path) => (path === '/v1/keys' ? Response.json({ keys }) : undefined)
  const again = monitorOf(poll, record).monitor
  // A cache may still have keys of before.
  expect(await again.look(laterMs)).toEqual([])
  expect(again.unchecked.join()).toMatch(detail)
  const [complaint] = await again.look(laterMs + 2 * MINUTE_MS)
  expect(complaint).toMatchObject({ kind: 'keys', detail: expect.stringMatching(detail) })
})

test.each([null, {}, [null], [{ kid: 'k', x: 'eA', from: '0' }], [{ kid: 'k', from: 0 }]])(
  'what is no key set is said in a sentence and no fork: %j',
  async (keys) => {
    const poll = `no-keys-${++monitors}`
    await opened(poll, ['a'])
    await shown(poll, 1)
    const { monitor } = monitorOf(poll)
    expect(await monitor.look(NOW)).toEqual([])
    between = (path) => (path === '/v1/keys' ? Response.json({ keys }) : undefined)
    expect(await monitor.look(NOW)).toEqual([])
    expect(monitor.unchecked).toEqual([`roar/final/${poll}: what ${server}/v1/keys answers is not a key set`])
  },
)

test('a key that begins after a clock that was ahead is right again begins in no past', async () => {
  await opened('ahead', ['a'])
  await shown('ahead', 1)
  const { monitor, record } = monitorOf('ahead')
  const nowMs = Date.now()
  expect(await monitor.look(nowMs + 60 * MINUTE_MS)).toEqual([])
  const keys = await keysNow()
  const added = { ...keys[0]!, kid: 'x', from: nowMs + 5 * MINUTE_MS }
  between = (path) => (path === '/v1/keys' ? Response.json({ keys: [...keys, added] }) : undefined)
  const again = monitorOf('ahead', record).monitor
  expect(await again.look(nowMs + 5 * MINUTE_MS)).toEqual([])
  expect(again.unchecked).toEqual([])
})

test('a witness cosigns what grew out of what it saw: its cosignature is in the heads and in the certificate', async () => {
  const { monitor } = monitorOf('seen', 'witness')
  const { asked, key, publicKey, setting, stop } = startWitness(() => monitor)
  await roar.stop()
  roar = await startVoting({ data: roar.data, flags: ['--witnesses', setting] })
  await opened('seen', ['a', 'b'])
  const headsOf = async () => (await roar.json<{ heads: string[] }>('/v1/shows/final/polls/seen/heads')).heads
  await until(headsOf, ([head]) => head!.includes('watcher.example'))
  await votes('seen', ['c'])
  const certificate = await sealed('seen')
  expect(certificate.witnesses).toEqual([key])
  const { text, signatures } = readNote(certificate.head!)!
  expect(text.split('\n').slice(0, 2)).toEqual([originOf('final', 'seen'), '3'])
  const seen = { text, witness: witnessKeyOf(sha256, key)!, verify: verifyBytes }
  expect(signatures.map((line) => isCosignature(line, seen))).toEqual([false, true])
  expect(isCosignature(signatures[1]!, { ...seen, text: text.replace('\n3\n', '\n4\n') })).toBe(false)
  const { keys } = await roar.json<JwkSet>('/v1/keys')
  const checks = { sha256, verify: verifyBytes }
  const own = { ...checks, keys: keys.map(({ x }) => Buffer.from(x, 'base64url')) }
  expect([headFault(certificate, own), seenBy(certificate, checks)]).toEqual([undefined, ['watcher.example']])
  expect(seenBy({ ...certificate, witnesses: [key, key] }, checks)).toEqual(['watcher.example'])
  const forged = { ...certificate, statement: { ...certificate.statement, ballots: 4 } }
  expect(headFault(forged, own)).toBe('its tree is not the one of the certificate')
  expect(headFault(certificate, { ...own, keys: [publicKey] })).toBe('no key in use signed it')
  expect((await headsOf())[0]).toBe(certificate.head!)
  // Other polls are not its own to look at; of this one it has seen no other history.
  expect(asked.filter((status) => ![200, 404].includes(status))).toEqual([])
  // The monitor that is a witness finds no fault either, also once the key of the seal is revoked: what was cosigned stays so.
  expect(await monitor.look(NOW)).toEqual([])
  const endMs = await revoked()
  const [anew] = await headsOf()
  expect(anew).not.toBe(certificate.head!)
  expect(readNote(anew!)).toMatchObject({ text, signatures: [{}, signatures[1]!] })
  expect(await monitor.look(endMs + MINUTE_MS)).toEqual([])
  await stop()
})
