import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { leafHash, MerkleTree } from '../../engine/polls/merkle.ts'
import { checkpointText, noteKeyBytes } from '../../protocol/checkpoints.ts'
import type { Certificate } from '../../protocol/polls.ts'
import type { JwkSet } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { startVoting, tokenOf } from './voting.ts'

/** Two full tiles of leaves, and one that is not. */
const VOTERS = 600
const at = '/v1/shows/final/polls'
const GO = join(import.meta.dir, 'tiles')
let roar: Awaited<ReturnType<typeof startVoting>>
let certificate: Certificate

const tile = async (path: string, poll = 'mvp') => roar.request('GET', `${at}/${poll}/tiles/${path}`)
const bytes = async (path: string) => Buffer.from(await (await tile(path)).arrayBuffer())

beforeAll(async () => {
  roar = await startVoting()
  for (const poll of ['mvp', 'other']) {
    await roar.create(poll, { change: true })
    await roar.act(poll, 'open')
  }
  const cast = (i: number, poll: string) =>
    roar.vote(poll, tokenOf(`v${i}`, { segment: i < 5 ? 'away' : 'home' }), {
      choice: ['anna', 'ben'][i % 2],
    })
  for (let from = 0; from < VOTERS; from += 100)
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        await cast(from + i, 'mvp')
        // Ballots of another poll stand between.
        if (i % 7 === 0) await cast(from + i, 'other')
      }),
    )
  for (const action of ['close', 'seal', 'forget']) await roar.act('mvp', action)
  certificate = await roar.json<Certificate>(`${at}/mvp/certificate`)
})
afterAll(async () => {
  await roar.stop()
  roar.data.remove()
})

/** The entries of a bundle: each with its length before it, two bytes. */
function entriesIn(bundle: Buffer): string[] {
  const entries: string[] = []
  for (let from = 0; from < bundle.length; ) {
    const end = from + 2 + bundle.readUInt16BE(from)
    entries.push(bundle.toString('utf8', from + 2, end))
    from = end
  }
  return entries
}

test('tiles hold the certificate’s tree: its leaves, their hashes, and the hashes above', async () => {
  const entries = (
    await Promise.all(['entries/000', 'entries/001', 'entries/002.p/88'].map((path) => bytes(`tile/${path}`)))
  ).flatMap(entriesIn)
  expect(entries).toHaveLength(VOTERS)
  const hashes = entries.map((entry) => leafHash(sha256, entry))
  expect(Buffer.from(new MerkleTree(sha256, hashes).root).toString('base64url')).toBe(
    certificate.statement.root,
  )
  expect(await bytes('tile/0/001')).toEqual(Buffer.concat(hashes.slice(256, 512)))
  expect(await bytes('tile/0/002.p/88')).toEqual(Buffer.concat(hashes.slice(512)))
  const roots = [0, 256].map((from) => new MerkleTree(sha256, hashes.slice(from, from + 256)).root)
  expect(await bytes('tile/1/000.p/2')).toEqual(Buffer.concat(roots))
})

test('the ballots are there in parts too, which together are the export', async () => {
  const parts = await Promise.all(['000', '001', '002.p/88'].map((path) => bytes(`tile/ballots/${path}`)))
  const whole = await (await roar.request('GET', `${at}/mvp/ballots`)).text()
  expect(parts.join('')).toBe(whole)
  expect(whole.trimEnd().split('\n')).toHaveLength(VOTERS)
})

test('a tile never changes and says so; what the tree has not is 404, and so is all of a poll that is not published', async () => {
  const { headers, status } = await tile('tile/0/000')
  expect([status, headers.get('content-type')]).toEqual([200, 'application/octet-stream'])
  expect(headers.get('cache-control')).toContain('immutable')
  for (const path of [
    'tile/0/002',
    'tile/0/002.p/89',
    'tile/0/003',
    'tile/2/000',
    'tile/0/x000/001',
    'tile/0/000/',
    'tile/',
  ])
    expect([path, (await tile(path)).status]).toEqual([path, 404])
  expect((await tile('tile/0/000.p/3')).status).toBe(200)
  for (const path of ['checkpoint', 'tile/0/000'])
    expect([path, (await tile(path, 'other')).status]).toEqual([path, 404])
})

test('a page of any origin may read all of it, to count again', async () => {
  const answers = [await roar.request('GET', `${at}/mvp/ballots`)]
  for (const path of ['checkpoint', 'tile/0/000', 'tile/ballots/000']) answers.push(await tile(path))
  expect(answers.map(({ status, headers }) => [status, headers.get('access-control-allow-origin')])).toEqual(
    answers.map(() => [200, '*']),
  )
})

test('the checkpoint is the certificate’s head, and the same whenever it is asked for', async () => {
  const note = await (await tile('checkpoint')).text()
  const root = Buffer.from(certificate.statement.root, 'base64url').toString('base64')
  expect(note).toStartWith(checkpointText('roar/final/mvp', { size: VOTERS, root }))
  expect(await (await tile('checkpoint')).text()).toBe(note)
})

/** Why Go cannot check here; undefined where it can. */
function missing(): string | undefined {
  if (Bun.which('go') === null) return 'go is not installed'
  const { exitCode, stderr } = Bun.spawnSync(['go', 'build', '-o', '/dev/null', '.'], { cwd: GO })
  return exitCode === 0 ? undefined : `its modules cannot be had: ${stderr}`
}
const reason = missing()
if (reason !== undefined) console.warn(`the tiles are not checked by another's program: ${reason}`)

test.skipIf(reason !== undefined)(
  'a client of transparency logs in Go reads and checks every entry',
  async () => {
    const { keys } = await roar.json<JwkSet>('/v1/keys')
    const name = 'roar/final/mvp'
    const key = noteKeyBytes(name, Buffer.from(keys[0]!.x, 'base64url'))
    const id = Buffer.from(sha256(key)).toString('hex', 0, 4)
    const vkey = `${name}+${id}+${Buffer.from(key).toString('base64', name.length + 1)}`
    const go = Bun.spawn(['go', 'run', '.', `${roar.url}${at}/mvp/tiles`, vkey], { cwd: GO, stderr: 'pipe' })
    const said = await new Response(go.stdout).text()
    expect(await new Response(go.stderr).text()).toBe('')
    const entries = await Promise.all(['000', '001', '002.p/88'].map((path) => bytes(`tile/entries/${path}`)))
    const all = sha256(entries.flatMap(entriesIn).join(''))
    expect(said).toBe(`${name} ${VOTERS} ${Buffer.from(all).toString('hex')}\n`)
  },
)
