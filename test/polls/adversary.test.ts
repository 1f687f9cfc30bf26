import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { createPrivateKey, sign } from 'node:crypto'
import { join } from 'node:path'
import { nextEntry } from '../../adapters/store/trail.ts'
import { certificateFault, pollFault } from '../../engine/polls/certificates.ts'
import {
  type Ballot,
  type Certificate,
  type CertificateStatement,
  certificateText,
} from '../../protocol/polls.ts'
import type { TrailEntry } from '../../protocol/trail.ts'
import { memoryStorage } from '../../sdk/src/votes/records.ts'
import { votes } from '../../sdk/src/votes/votes.ts'
import { type JwkSet, signatureVerifier } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { until } from '../until.ts'
import { auditFiles, startVoting, tokenOf } from './voting.ts'

type Roar = Awaited<ReturnType<typeof startVoting>>

const viewer = (roar: Roar, name: string) =>
  votes({ url: roar.url, show: 'final', token: tokenOf(name), storage: memoryStorage() })

/** A poll in which these viewers have voted, and each still has the receipt. */
async function voted(roar: Roar, poll: string, answers: Record<string, string>) {
  await roar.create(poll)
  await roar.act(poll, 'open')
  const storages = new Map<string, ReturnType<typeof memoryStorage>>()
  for (const [name, choice] of Object.entries(answers)) {
    const storage = memoryStorage()
    storages.set(name, storage)
    const client = votes({ url: roar.url, show: 'final', token: tokenOf(name), storage })
    await client.vote(poll, { choice })
    client.close()
  }
  return {
    /** What the viewer finds who has kept the receipt. */
    async check(now: Roar, name: string) {
      // The server may have another port by now: the receipts are kept under the address.
      const storage = moved(storages.get(name)!, roar.url, now.url)
      const client = votes({ url: now.url, show: 'final', token: tokenOf(name), storage })
      const verdict = await client.check(poll)
      client.close()
      return verdict
    },
  }
}

function moved(storage: ReturnType<typeof memoryStorage>, from: string, to: string) {
  const other = memoryStorage()
  for (let i = 0; i < storage.length; i++) {
    const key = storage.key(i)!
    other.setItem(key.replace(from, to), storage.getItem(key)!)
  }
  return other
}

async function sealed(roar: Roar, poll: string): Promise<Certificate> {
  await roar.act(poll, 'close')
  expect((await roar.act(poll, 'seal')).status).toBe(200)
  return roar.json<Certificate>(`/v1/shows/final/polls/${poll}/certificate`)
}

/** Stops the server, lets somebody at its files, and starts it again. */
async function meddled(
  roar: Roar,
  meddle: (files: { log: Database; store: Database }) => void,
): Promise<Roar> {
  expect(await roar.stop()).toBe(true)
  const [log, store] = ['log.db', 'roar.db'].map((name) => new Database(join(roar.data.path, name)))
  meddle({ log: log!, store: store! })
  log!.close()
  store!.close()
  return startVoting({ data: roar.data })
}

const FOUR = { ann: 'anna', bob: 'anna', cleo: 'ben', dan: 'ben' }

test('who puts ballots into quarantine in the log before the seal is found by those who have the receipts, and by the audit', async () => {
  let roar = await startVoting()
  const { check } = await voted(roar, 'mvp', FOUR)
  const heads = '/v1/shows/final/polls/mvp/heads'
  await until(async () => (await roar.json<{ heads?: string[] }>(heads)).heads?.[0]?.includes('\n4\n'))
  roar = await meddled(roar, ({ log }) => {
    const rows = log
      .query<{ place: number; value: Uint8Array }, []>('SELECT place, value FROM log_ballots')
      .all()
    for (const { place, value } of rows.slice(0, 2)) {
      const ballot = JSON.parse(Buffer.from(value).toString()) as Ballot
      const forged = Buffer.from(JSON.stringify({ ...ballot, quarantined: true }))
      log.run('UPDATE log_ballots SET value = ? WHERE place = ?', [forged, place])
    }
    log.run('DELETE FROM log_tallies')
  })
  await sealed(roar, 'mvp')
  expect(await check(roar, 'ann')).toMatchObject({ state: 'wrong', fault: 'proof' })
  expect(await check(roar, 'cleo')).toMatchObject({ state: 'verified', counts: 'yes' })
  const { findings } = await auditFiles(roar.data.path, 'mvp')
  expect(findings.map(({ detail }) => detail)).toEqual([
    'the first 4 ballots are not those of the head that was signed',
  ])
  await roar.stop()
  roar.data.remove()
})

test('who swaps the titles of two choices after the seal is found by every viewer, by the audit and by roar verify', async () => {
  let roar = await startVoting()
  const { check } = await voted(roar, 'mvp', FOUR)
  const certificate = await sealed(roar, 'mvp')
  expect(await check(roar, 'ann')).toMatchObject({ state: 'verified', counts: 'yes' })
  expect(pollFault(await roar.poll('mvp'), certificate, sha256)).toBeUndefined()
  roar = await meddled(roar, ({ store }) => {
    const [row] = store
      .query<{ document: string }, []>("SELECT document FROM polls WHERE poll_id = 'mvp'")
      .all()
    const poll = JSON.parse(row!.document)
    const [a, b] = poll.choices
    ;[a.title, b.title] = [b.title, a.title]
    store.run("UPDATE polls SET document = ? WHERE poll_id = 'mvp'", [JSON.stringify(poll)])
  })
  expect(await check(roar, 'ann')).toMatchObject({ state: 'wrong', fault: 'rules' })
  expect(pollFault(await roar.poll('mvp'), certificate, sha256)).toBe(
    'it asks something else than what was voted on',
  )
  const { findings } = await auditFiles(roar.data.path, 'mvp')
  expect(findings.map(({ detail }) => detail.split(':')[0])).toEqual([
    'the question and what answers it',
    'the rules',
  ])
  await roar.stop()
  roar.data.remove()
})

const trailRow = (store: Database, entry: number) =>
  store
    .query<{ document: string }, [number]>(
      "SELECT document FROM audit_trail WHERE show_id = 'final' AND entry = ?",
    )
    .get(entry)!

test('who edits the trail, or drops its end, or writes all of it anew, is found by the audit', async () => {
  let roar = await startVoting()
  await voted(roar, 'mvp', FOUR)
  const { statement } = await sealed(roar, 'mvp')
  expect(statement.trail.entries).toBe(3)
  const found = async () => (await auditFiles(roar.data.path, 'mvp')).findings.map(({ detail }) => detail)
  expect(await found()).toEqual([])
  const original: string[] = []
  roar = await meddled(roar, ({ store }) => {
    original.push(trailRow(store, 2).document)
    const entry = { ...JSON.parse(original[0]!), who: 'nobody' }
    store.run("UPDATE audit_trail SET document = ? WHERE show_id = 'final' AND entry = 2", [
      JSON.stringify(entry),
    ])
  })
  expect(await found()).toEqual(['entry 2 of the audit trail was changed, or an earlier one is missing'])
  roar = await meddled(roar, ({ store }) => {
    store.run("DELETE FROM audit_trail WHERE show_id = 'final' AND entry >= 2")
  })
  expect(await found()).toEqual(['the trail up to entry 3 is not the one of the certificate'])
  roar = await meddled(roar, ({ store }) => {
    let newest: TrailEntry = JSON.parse(trailRow(store, 1).document)
    for (const { entry: _, hash: __, ...done } of [
      JSON.parse(original[0]!),
      { ...newest, action: 'close' },
    ]) {
      newest = nextEntry('final', newest, done)
      store.run("INSERT INTO audit_trail VALUES ('final', 1, ?, ?)", [newest.entry, JSON.stringify(newest)])
    }
  })
  expect(await found()).toEqual(['the trail up to entry 3 is not the one of the certificate'])
  await roar.stop()
  roar.data.remove()
})

test('forgetting is in the trail before the key is gone; while another program reads the file it is 503, and then it works', async () => {
  const roar = await startVoting()
  await voted(roar, 'mvp', FOUR)
  await sealed(roar, 'mvp')
  const reader = new Database(join(roar.data.path, 'roar.db'), { readonly: true })
  reader.run('BEGIN')
  reader.query('SELECT * FROM polls').all()
  const refused = await roar.act('mvp', 'forget')
  expect([refused.status, refused.body.code]).toEqual([503, 'store_unavailable'])
  const trail = (await roar.studio('GET', 'audit')).body as unknown as { action: string }[]
  expect(trail[0]!.action).toBe('forget')
  reader.run('COMMIT')
  reader.close()
  expect((await roar.act('mvp', 'forget')).status).toBe(200)
  expect((await roar.studio('GET', 'audit')).body).toEqual(trail as never)
  await roar.stop()
  roar.data.remove()
})

test('a certificate with more viewers than ballots, or sums that do not add up, is refused though its key is the right one', async () => {
  const roar = await startVoting()
  await voted(roar, 'mvp', FOUR)
  const { statement } = await sealed(roar, 'mvp')
  const store = new Database(join(roar.data.path, 'roar.db'), { readonly: true })
  const [{ jwk }] = store.query<{ jwk: string }, []>('SELECT jwk FROM signing_keys').all() as [
    { jwk: string },
  ]
  store.close()
  const key = createPrivateKey({ key: JSON.parse(jwk), format: 'jwk' })
  const verify = signatureVerifier(await roar.json<JwkSet>('/v1/keys'))
  const signed = (forged: Partial<CertificateStatement>): Certificate => {
    const of = { ...statement, ...forged }
    const signature = sign(null, Buffer.from(certificateText(of)), key).toString('base64url')
    return { statement: of, kid: JSON.parse(jwk).kid, signature }
  }
  expect(certificateFault(signed({}), verify)).toBeUndefined()
  expect(certificateFault(signed({ viewers: 56 }), verify)).toBe('it has 56 viewers but 4 ballots')
  const result = { anna: 4, ben: 4, cleo: 0 }
  expect(certificateFault(signed({ result }), verify)).toContain('4 viewers')
  await roar.stop()
  roar.data.remove()
})

test('a viewer whose ballot is in quarantine is told so once the poll is sealed, and not before', async () => {
  const roar = await startVoting({ flags: ['--trust-proxy', 'true', '--quarantine-percent', '1'] })
  await roar.create('mvp', { voters: 'guests' })
  await roar.act('mvp', 'open')
  for (let i = 0; i < 80; i++) {
    const response = await fetch(`${roar.url}/v1/shows/final/polls/mvp/votes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokenOf(`v${i}`, { iat: Date.now() / 1000 })}`,
        'x-forwarded-for': '192.0.2.1',
      },
      body: '{"choice":"anna"}',
    })
    expect(response.status).toBe(201)
    expect(JSON.stringify(await response.json())).not.toContain('quarantine')
  }
  const last = viewer(roar, 'v79')
  const before = await last.check('mvp')
  expect(before.state).toBe('unsealed')
  expect(JSON.stringify(before)).not.toContain('quarantine')
  await sealed(roar, 'mvp')
  expect(await last.check('mvp')).toMatchObject({ state: 'verified', counts: 'quarantined' })
  expect(await viewer(roar, 'v0').check('mvp')).toMatchObject({ state: 'verified', counts: 'yes' })
  await roar.stop()
  roar.data.remove()
})

test('a segment too small to hide how its voter voted is in no certificate and in no document', async () => {
  const roar = await startVoting()
  await roar.create('mvp', { visibility: 'live' })
  await roar.act('mvp', 'open')
  const sizes = { home: 12, away: 1 }
  for (const [segment, size] of Object.entries(sizes))
    for (let i = 0; i < size; i++)
      await roar.vote('mvp', tokenOf(`${segment}${i}`, { segment }), { choice: 'anna' })
  for (let i = 0; i < 12; i++) await roar.vote('mvp', tokenOf(`none${i}`), { choice: 'ben' })
  expect(Object.keys((await roar.counted('mvp', 25)).segments!)).toEqual(['home'])
  const { statement } = await sealed(roar, 'mvp')
  expect(Object.keys(statement.segments)).toEqual(['home'])
  expect((await auditFiles(roar.data.path, 'mvp')).findings).toEqual([])
  await roar.stop()
  roar.data.remove()
})

test('a vote on a draft tells nothing of its choices', async () => {
  const roar = await startVoting()
  await roar.create('draft')
  for (const choice of ['anna', 'eve'])
    expect((await roar.vote('draft', tokenOf('ann'), { choice })).problem.code).toBe('poll_closed')
  await roar.stop()
  roar.data.remove()
})

const half = 'x\ud83d'
const bad: [string, object][] = [
  ['half a surrogate pair in its question', { question: half }],
  [
    'half a surrogate pair in a title',
    {
      choices: [
        { choice: 'a', title: half },
        { choice: 'b', title: 'B' },
      ],
    },
  ],
  ['an end in the past', { opens: 1_700_000_000_000, closes: 1_700_000_001_000 }],
  ['times in seconds', { opens: 1_795_700_000, closes: 1_795_703_600 }],
]
for (const [what, rules] of bad) {
  test(`a poll with ${what} is not made`, async () => {
    const roar = await startVoting()
    const { status, body } = await roar.create('bad', rules)
    expect([status, body.code]).toEqual([400, 'bad_poll'])
    await roar.stop()
    roar.data.remove()
  })
}

test('a ballot that says it came long before the log had it, or after, is named by the audit', async () => {
  let roar = await startVoting()
  await voted(roar, 'mvp', { ann: 'anna', bob: 'ben', cem: 'cleo' })
  await sealed(roar, 'mvp')
  const findings = async (meddle: string) => {
    roar = await meddled(roar, ({ log }) =>
      log.run(`UPDATE log_ballots SET at = at ${meddle} WHERE place = 1`),
    )
    return (await auditFiles(roar.data.path, 'mvp')).findings.map(({ offset, detail }) => [offset, detail])
  }
  expect(await findings('+ 0')).toEqual([])
  expect(await findings('+ 60000')).toEqual([[1, expect.stringContaining('before the log had it')]])
  expect(await findings('- 120000')).toEqual([[1, expect.stringContaining('after the log had it')]])
  await roar.stop()
  roar.data.remove()
})
