import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { PollWatch } from '../../cli/monitor/watch.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { heads } from '../../sdk/src/heads/index.ts'
import { memoryStorage } from '../../sdk/src/votes/records.ts'
import { temporaryFolder } from '../embedded.ts'
import { ROAR, spawnRoar } from '../roar-process.ts'
import { until } from '../until.ts'
import { auditFiles, SECRET, tokenOf, type Voting, votingClient } from './voting.ts'

const SETTINGS = ['--auth-secret', SECRET, '--window-ms', '50']
const HOUR_MS = 3_600_000
/** Votes with a receipt before the backup begins. */
const BEFORE = 60

async function run(...argv: string[]): Promise<void> {
  const ran = Bun.spawn([ROAR, ...argv], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const said = await Promise.all([ran.stdout, ran.stderr].map((stream) => new Response(stream).text()))
  expect([await ran.exited, said[1]]).toEqual([0, ''])
}

const newestHead = async (client: Pick<Voting, 'json'>): Promise<string> =>
  (await client.json<{ heads?: string[] }>('/v1/shows/final/polls/mvp/heads')).heads?.[0] ?? ''

test('a backup under taps and votes: restored and started it has every receipt, no lower total, and the audit agrees; who saw a later head is told', async () => {
  using folder = temporaryFolder()
  using ends = new DisposableStack()
  const [data, restored, file] = ['data', 'restored', 'backup.tar'].map((name) => join(folder.path, name))
  const first = await spawnRoar('--data', data!, ...SETTINGS)
  ends.defer(() => first.process.kill())
  const client = votingClient(first.url)
  expect((await client.create('mvp', { visibility: 'live' })).status).toBe(201)
  expect((await client.act('mvp', 'open')).status).toBe(200)

  const receipts = new Map<string, string>()
  const enough = Promise.withResolvers<void>()
  let goesOn = true
  ends.defer(() => {
    goesOn = false
  })
  async function crowd(): Promise<void> {
    for (let i = 0; goesOn; i++) {
      const token = tokenOf(`viewer ${i}`)
      const { status, receipt } = await client.vote('mvp', token, { choice: i % 2 ? 'anna' : 'ben' })
      expect(status).toBe(201)
      receipts.set(token, receipt.ballot)
      const taps = await client.request('POST', '/v1/shows/final/reactions', token, {
        stickers: { heart: 3 },
      })
      expect(taps.status).toBe(202)
      if (receipts.size === BEFORE) enough.resolve()
    }
  }
  const votes = crowd()
  await Promise.race([enough.promise, votes])

  const receipted = [...receipts]
  const seen = await client.json<MoodPacket>('/v1/shows/final/mood')
  await run('backup', file!, '--data', data!)
  const inAll = receipts.size
  goesOn = false
  await votes
  expect(inAll).toBeGreaterThan(receipted.length)
  // What the last viewer has in hand is a head of more ballots than the backup has.
  expect((await client.vote('mvp', tokenOf('after the backup'), { choice: 'anna' })).status).toBe(201)
  const note = await until(
    () => newestHead(client),
    (head) => head.split('\n')[1] === String(receipts.size + 1),
  )
  first.process.kill()
  await first.process.exited

  await run('restore', file!, '--data', restored!)
  const second = await spawnRoar('--data', restored!, ...SETTINGS)
  ends.defer(() => second.process.kill())
  const after = votingClient(second.url)
  await after.counted('mvp', BEFORE)
  // After a start the ballots of before are read first.
  await until(() => newestHead(after))
  const place = { server: second.url, show: 'final', poll: 'mvp' }
  const watch = new PollWatch({ ...place, stoppedAfterMs: HOUR_MS })
  watch.remember({ note })
  expect((await watch.look(0)).complaint).toBeUndefined()
  expect((await watch.look(HOUR_MS)).complaint).toMatchObject({ kind: 'shrunk' })
  const storage = memoryStorage()
  storage.setItem(`roar.heads ${second.url} final/mvp`, note)
  const viewer = heads({ url: second.url, show: 'final', storage })
  ends.defer(() => viewer.close())
  expect(await viewer.check('mvp')).toMatchObject({ state: 'wrong', fault: 'shrunk' })
  for (const [token, ballot] of receipted) expect((await after.poll('mvp', token)).mine?.ballot).toBe(ballot)
  expect((await after.json<MoodPacket>('/v1/shows/final/mood')).total).toBeGreaterThanOrEqual(seen.total)
  expect((await after.vote('mvp', tokenOf('late'), { choice: 'cleo' })).status).toBe(201)
  second.process.kill()
  expect(await second.process.exited).toBe(0)
  expect(await auditFiles(restored!, 'mvp')).toMatchObject({ agrees: true, findings: [] })
})
