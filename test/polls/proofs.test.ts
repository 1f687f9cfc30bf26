import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createPublicKey } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditReport } from '../../cli/audit/audit.ts'
import { runVerify } from '../../cli/verify.ts'
import type { Ballot, BallotProof, Certificate, Receipt } from '../../protocol/polls.ts'
import type { JwkSet } from '../../services/polls/signing-keys.ts'
import { temporaryFolder } from '../embedded.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'
import { auditFiles, startVoting, tokenOf } from './voting.ts'

const VOTERS = 300
const work = temporaryFolder()
const file = (name: string) => join(work.path, name)
let roar: Awaited<ReturnType<typeof startVoting>>
const receipts: Receipt[] = []
let certificate: Certificate
let keys: JwkSet

beforeAll(async () => {
  roar = await startVoting()
  await roar.create('mvp', { change: true })
  await roar.act('mvp', 'open')
  await roar.create('other')
  await roar.act('other', 'open')
  const cast = async (i: number, choice: string) => {
    const token = tokenOf(`v${i}`, { segment: i % 2 === 0 ? 'home' : 'away' })
    const { status, receipt } = await roar.vote('mvp', token, { choice })
    expect(status).toBe(201)
    return receipt
  }
  receipts.push(
    ...(await Promise.all(
      Array.from({ length: VOTERS }, async (_, i) => {
        if (i % 10 === 0) await roar.vote('other', tokenOf(`v${i}`), { choice: 'ben' })
        return cast(i, ['anna', 'ben', 'cleo'][i % 3]!)
      }),
    )),
  )
  for (let i = 0; i < 30; i++) receipts.push(await cast(i, ['ben', 'cleo', 'anna'][i % 3]!))
  await roar.act('mvp', 'close')
  expect((await roar.act('mvp', 'seal')).status).toBe(200)
  certificate = await roar.json<Certificate>('/v1/shows/final/polls/mvp/certificate')
  keys = await roar.json<JwkSet>('/v1/keys')
})
afterAll(async () => {
  await roar.stop()
  roar.data.remove()
  work.remove()
})

const proofOf = (ballot: string) => roar.json<BallotProof>(`/v1/shows/final/polls/mvp/proofs/${ballot}`)

test('the certificate says what was voted, and what the screen says', async () => {
  const { statement } = certificate
  expect([statement.ballots, statement.viewers]).toEqual([VOTERS + 30, VOTERS])
  expect(statement.result).toEqual({ anna: 100, ben: 100, cleo: 100 })
  const document = await roar.poll('mvp')
  expect([document.state, document.ballots, document.counts!]).toEqual(['sealed', VOTERS, statement.result])
  const segments = Object.values(statement.segments)
  expect(segments.reduce((sum, { viewers }) => sum + viewers, 0)).toBe(VOTERS)
})

test('every receipt has a proof, and roar verify says so; of another ballot, poll or key it says what is wrong', async () => {
  const verify = async (name: string, receipt: object, proof: object, keySet: object = keys) => {
    const paths = { keys: keySet, receipt, certificate, proof }
    const flags = Object.entries(paths).flatMap(([flag, content]) => {
      const path = file(`${name}-${flag}.json`)
      writeFileSync(path, JSON.stringify(content))
      return [`--${flag}`, path]
    })
    return runVerify(flags)
  }
  for (const [i, receipt] of receipts.entries()) {
    if (i % 30 !== 0) continue
    expect(await verify(`good-${i}`, receipt, await proofOf(receipt.ballot))).toBe(0)
  }
  const [receipt, next] = receipts as [Receipt, Receipt]
  const proof = await proofOf(receipt.ballot)
  expect(await verify('next', next, proof)).toBe(1)
  expect(await verify('index', receipt, { ...proof, index: proof.index + 1 })).toBe(1)
  expect(await verify('ballot', { ...receipt, salt: next.salt }, proof)).toBe(1)
  expect(await verify('nothing', {}, proof)).toBe(1)
  const another = { kid: 'another', x: 'A'.repeat(43), from: 0 }
  expect(await verify('keys', receipt, proof, { keys: [another] })).toBe(1)
  await expect(verify('none', receipt, proof, { keys: [] })).rejects.toThrow('is not the key set')
})

test('there is no proof of a ballot that is not there, and no certificate before the seal', async () => {
  const at = '/v1/shows/final/polls'
  for (const id of ['nope', '00000000-0000-7000-8000-000000000000', receipts[0]!.ballot.slice(0, -1)]) {
    const { code } = await roar.json<{ code: string }>(`${at}/mvp/proofs/${id}`)
    expect(code).toBe('unknown_ballot')
  }
  expect((await roar.json<{ code: string }>(`${at}/other/certificate`)).code).toBe('not_sealed')
  expect((await roar.json<{ code: string }>(`${at}/other/proofs/${receipts[0]!.ballot}`)).code).toBe(
    'not_sealed',
  )
})

describe('with programs that are not ours', () => {
  const run = (command: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(command)
    return { exitCode, text: stdout.toString() + stderr.toString(), bytes: stdout }
  }
  const python = (...flags: string[]) => run(['python3', join(import.meta.dir, 'verify.py'), ...flags])

  test.skipIf(!needs('python3'))('Python finds the ballot in the tree of the certificate', async () => {
    for (const i of [0, 7, VOTERS - 1, VOTERS + 29]) {
      writeFileSync(file('receipt.json'), JSON.stringify(receipts[i]))
      writeFileSync(file('certificate.json'), JSON.stringify(certificate))
      writeFileSync(file('proof.json'), JSON.stringify(await proofOf(receipts[i]!.ballot)))
      const good = python('tree', file('receipt.json'), file('certificate.json'), file('proof.json'))
      expect(good.text).toBe('good\n')
      expect(good.exitCode).toBe(0)
    }
    writeFileSync(file('receipt.json'), JSON.stringify(receipts[1]))
    expect(python('tree', file('receipt.json'), file('certificate.json'), file('proof.json')).exitCode).toBe(
      1,
    )
  })

  test.skipIf(!needs('python3'))('Python gives the key of a signature only where it was in use then', () => {
    const key = keys.keys[0]!
    const { at } = receipts[0]!
    writeFileSync(file('receipt.json'), JSON.stringify(receipts[0]))
    const saying = (life: object) => {
      writeFileSync(file('keys.json'), JSON.stringify({ keys: [{ ...key, ...life }] }))
      return python('key', file('keys.json'), file('receipt.json')).text
    }
    const pem = createPublicKey({ key: { kty: key.kty, crv: key.crv, x: key.x }, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString()
    for (const life of [{}, { from: at, to: at + 1 }, { revoked: at + 1 }]) expect(saying(life)).toBe(pem)
    expect(saying({ from: at + 60_000 })).toContain('newer than what it signed')
    expect(saying({ to: at - 60_000 })).toContain('replaced')
    expect(saying({ revoked: at })).toContain('revoked')
    for (const life of [{ from: '0' }, { to: null }, { to: `${at}` }, { revoked: [at + 1] }])
      expect(saying(life)).toBe('a time of the key is not a whole number\n')
    expect(saying({ x: 5 })).toStartWith('the key is not the one of its name')
    expect(saying({ x: Buffer.alloc(32).toString('base64url') })).toContain('not the one of its name')
    expect(saying({ kid: 'another' })).toContain('none of these')
  })

  test.skipIf(!needs('python3') || !needs('openssl'))(
    'openssl checks the signatures of the certificate and of a receipt',
    () => {
      const { kty, crv, x } = keys.keys[0]!
      writeFileSync(
        file('key.pem'),
        createPublicKey({ key: { kty, crv, x }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
      )
      const check = (bytes: Uint8Array, signature: string) => {
        writeFileSync(file('bytes'), bytes)
        writeFileSync(file('signature'), Buffer.from(signature, 'base64url'))
        return run([
          'openssl',
          'pkeyutl',
          '-verify',
          '-pubin',
          '-inkey',
          file('key.pem'),
          '-rawin',
          '-in',
          file('bytes'),
          '-sigfile',
          file('signature'),
        ])
      }
      writeFileSync(file('certificate.json'), JSON.stringify(certificate))
      const statement = python('signed-bytes', file('certificate.json')).bytes
      expect(check(statement, certificate.signature).text).toContain('Verified Successfully')
      expect(check(Buffer.concat([statement, Buffer.from(' ')]), certificate.signature).exitCode).toBe(1)
      const receipt = receipts[17]!
      writeFileSync(file('receipt.json'), JSON.stringify(receipt))
      const batch = python('signed-bytes', file('receipt.json')).bytes
      expect(check(batch, receipt.proof.signature).text).toContain('Verified Successfully')
    },
  )
})

describe('the audit', () => {
  let copies = 0
  /** A copy of the server's files, with something done to its log, recounted. */
  function audited(
    spoil: (log: Database, store: Database) => void,
    { poll = 'mvp', published }: { poll?: string; published?: Certificate } = {},
  ): Promise<AuditReport> {
    const folder = file(`copy-${copies++}`)
    mkdirSync(folder)
    for (const name of ['log.db', 'log.db-wal', 'roar.db', 'roar.db-wal']) {
      cpSync(join(roar.data.path, name), join(folder, name))
    }
    const [log, store] = ['log.db', 'roar.db'].map((name) => new Database(join(folder, name)))
    spoil(log!, store!)
    log!.close()
    store!.close()
    return auditFiles(folder, poll, published)
  }
  const ballotAt = (log: Database, offset: number) => {
    const { value } = log
      .query<{ value: Uint8Array }, [number]>('SELECT value FROM log_ballots WHERE place = ?')
      .get(offset)!
    return JSON.parse(Buffer.from(value).toString()) as Ballot
  }
  const rewrite = (log: Database, offset: number, ballot: Ballot) =>
    log.run('UPDATE log_ballots SET value = ? WHERE place = ?', [Buffer.from(JSON.stringify(ballot)), offset])
  /** The place in the certificate: of the poll's own ballots before it. */
  const target = () => receipts[100]!
  const found = (report: AuditReport, what: string) =>
    report.findings.filter((finding) => finding.what === what)
  const position = async () => (await proofOf(target().ballot)).index

  test('agrees with what nobody has touched, sealed or not, while the server runs', async () => {
    const report = await audited(() => {})
    expect(report.findings).toEqual([])
    expect([report.ballots, report.root, report.count.result]).toEqual([
      certificate.statement.ballots,
      certificate.statement.root,
      certificate.statement.result,
    ])
    const other = await audited(() => {}, { poll: 'other' })
    expect([other.findings, other.sealed, other.count.result]).toEqual([
      [],
      false,
      { anna: 0, ben: 30, cleo: 0 },
    ])
  })

  const changes: [string, (ballot: Ballot) => Ballot][] = [
    ['answer', (ballot) => ({ ...ballot, choice: ballot.choice[0] === 'anna' ? ['ben'] : ['anna'] })],
    ['points', (ballot) => ({ ...ballot, points: [2] })],
    [
      'voter',
      (ballot) => ({ ...ballot, voter: ballot.voter.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) }),
    ],
    ['segment', (ballot) => ({ ...ballot, segment: '' })],
    ['time', (ballot) => ({ ...ballot, at: ballot.at + 1 })],
    ['late mark', (ballot) => ({ ...ballot, late: true })],
  ]
  for (const [what, change] of changes) {
    test(`finds a ballot whose ${what} was changed, and names its place`, async () => {
      const { offset } = target().place
      const report = await audited((log) => rewrite(log, offset, change(ballotAt(log, offset))))
      const changed = found(report, 'changed').filter((finding) => finding.position !== undefined)
      expect(changed).toHaveLength(1)
      expect(changed[0]).toMatchObject({ ballot: target().ballot, offset, position: await position() })
      expect(found(report, 'differs').length).toBeGreaterThan(0)
    })
  }

  test('finds a ballot that was dropped, and names its place', async () => {
    const { offset } = target().place
    const report = await audited((log) => log.run('DELETE FROM log_ballots WHERE place = ?', [offset]))
    expect(found(report, 'dropped').map((finding) => finding.offset ?? finding.position)).toEqual([
      offset,
      await position(),
    ])
    expect(found(report, 'moved')).toEqual([])
    expect(found(report, 'changed')).toEqual([])
  })

  test('finds a ballot that was added, and names its place', async () => {
    const last = Math.max(...receipts.map(({ place }) => place.offset))
    const report = await audited((log) => {
      const { replaces: _, ...ballot } = ballotAt(log, last)
      const added = {
        ...ballot,
        ballot: crypto.randomUUID(),
        sequence: 9999,
        voter: 'A'.repeat(22),
        ordinal: 1,
      }
      log.run('INSERT INTO log_ballots VALUES (?, 1, ?, ?)', [
        last + 1,
        added.voter,
        Buffer.from(JSON.stringify(added)),
      ])
    })
    expect(found(report, 'added')).toMatchObject([{ offset: last + 1 }])
    expect(found(report, 'changed')).toEqual([])
    expect(
      found(report, 'differs')
        .map(({ detail }) => detail)
        .join(),
    ).toContain('331')
  })

  test('finds two ballots that changed places, and names both', async () => {
    const [a, b] = [receipts[100]!, receipts[150]!]
    const report = await audited((log) => {
      log.run('UPDATE log_ballots SET place = -1 WHERE place = ?', [a.place.offset])
      log.run('UPDATE log_ballots SET place = ? WHERE place = ?', [a.place.offset, b.place.offset])
      log.run('UPDATE log_ballots SET place = ? WHERE place = -1', [b.place.offset])
    })
    expect(
      found(report, 'moved')
        .map(({ ballot }) => ballot)
        .toSorted(),
    ).toEqual([a.ballot, b.ballot].toSorted())
    expect(found(report, 'changed')).toEqual([])
  })

  const details = (report: AuditReport) => report.findings.map(({ detail }) => detail)

  test('finds a sealed poll whose certificate is gone, and one that is not what was published', async () => {
    const gone = await audited((_, store) => store.run("DELETE FROM certificates WHERE poll_id = 'mvp'"))
    expect(details(gone)).toEqual(['the poll is sealed, and its certificate is gone'])
    const kept = await audited(() => {}, { published: certificate })
    expect(kept.findings).toEqual([])
    const { statement } = certificate
    const forged = { ...certificate, statement: { ...statement, result: { anna: 300, ben: 0, cleo: 0 } } }
    const replaced = await audited(
      (_, store) =>
        store.run("UPDATE certificates SET document = ? WHERE poll_id = 'mvp'", [JSON.stringify(forged)]),
      { published: certificate },
    )
    expect(details(replaced)).toEqual(['the store does not have the published certificate'])
  })

  test('names a document of the store that cannot be read, and compares all others', async () => {
    const { statement, ...rest } = certificate
    const documents = ['', 'null', '[]', '{}', '{"statement":{}}'].concat(
      [{ trail: null }, { late: 1 }, { segments: null }].map((part) =>
        JSON.stringify({ ...rest, statement: { ...statement, ...part } }),
      ),
      JSON.stringify({ statement, kid: certificate.kid, signature: 5 }),
    )
    for (const document of documents) {
      const spoil = (_: Database, store: Database) =>
        store.run("UPDATE certificates SET document = ? WHERE poll_id = 'mvp'", [document])
      expect(details(await audited(spoil))).toEqual(['the certificate in the store cannot be read'])
      const published = await audited(spoil, { published: certificate })
      expect(details(published)).toEqual(['the store does not have the published certificate'])
    }
    for (const document of ['', 'null', '[]', '{}']) {
      const trail = await audited((_, store) =>
        store.run("UPDATE audit_trail SET document = ? WHERE show_id = 'final' AND entry = 2", [document]),
      )
      expect(details(trail)).toEqual(['entry 2 of the audit trail was changed, or an earlier one is missing'])
      const keys = await audited((_, store) => store.run('UPDATE signing_keys SET jwk = ?', [document]))
      const cut = await audited((_, store) =>
        store.run("UPDATE signing_keys SET jwk = json_set(jwk, '$.x', 'AA')"),
      )
      expect(details(cut)).toEqual(details(keys))
      expect(details(keys)).toEqual(['the certificate is not signed by a key of this server, of its time'])
      const poll = audited((_, store) =>
        store.run("UPDATE polls SET document = ? WHERE poll_id = 'mvp'", [document]),
      )
      await expect(poll).rejects.toThrow('the document of the poll final/mvp cannot be read')
    }
  })

  test('finds every word of the certificate that is not so, beside the counts', async () => {
    const { statement } = certificate
    const forged = {
      ...certificate,
      statement: { ...statement, question: 'Who?', closes: 1, late: { viewers: 1, counted: false } },
    }
    const report = await audited((_, store) =>
      store.run("UPDATE certificates SET document = ? WHERE poll_id = 'mvp'", [JSON.stringify(forged)]),
    )
    expect(details(report)).toEqual([
      'the certificate is not signed by a key of this server, of its time',
      'question: it is Who was the best?, the certificate says Who?',
      `closes: it is ${statement.closes}, the certificate says 1`,
      'late viewers: it is 0, the certificate says 1',
      'late counted: it is true, the certificate says false',
    ])
  })

  const wrongs: [string, (ballot: Ballot) => Ballot, string][] = [
    ['came before the opening', (ballot) => ({ ...ballot, at: 1 }), 'came before the poll opened'],
    [
      'came after the end',
      (ballot) => ({ ...ballot, at: certificate.statement.closes }),
      'came after the poll closed',
    ],
    ['is late and was not', (ballot) => ({ ...ballot, late: true }), 'is marked late and came in time'],
    ['gives more than one may', (ballot) => ({ ...ballot, points: [1000] }), 'is no answer to this poll'],
    [
      'is for a choice that there is not',
      (ballot) => ({ ...ballot, choice: ['eve'] }),
      'is no answer to this poll',
    ],
  ]
  for (const [what, change, words] of wrongs) {
    test(`finds a ballot that ${what}, and names its place`, async () => {
      const { offset } = target().place
      const report = await audited((log) => rewrite(log, offset, change(ballotAt(log, offset))))
      expect(details(report)).toContain(`the ballot at 0:${offset} ${words}`)
    })
  }

  test('compares a poll that is open with what its tally has counted so far', async () => {
    await roar.counted('other', 30)
    const { receipt } = await roar.vote('other', tokenOf('newest'), { choice: 'anna' })
    await roar.counted('other', 31)
    // As if the tally had been read a moment before: the cells of before the newest ballot.
    const report = await audited(
      (log) => {
        for (const { place, value } of log
          .query<{ place: number; value: Uint8Array }, []>('SELECT place, value FROM log_tallies')
          .all()) {
          const cell = JSON.parse(Buffer.from(value).toString())
          if (cell.version > receipt.place.offset) log.run('DELETE FROM log_tallies WHERE place = ?', [place])
        }
      },
      { poll: 'other' },
    )
    expect([report.findings, report.waiting, report.ballots, report.count.viewers]).toEqual([[], 1, 31, 30])
  })

  test('finds a ballot of a poll that is not sealed, dropped or changed', async () => {
    // A head is signed of them all, so that the log has to begin with it.
    await until(async () =>
      (await roar.json<{ heads?: string[] }>('/v1/shows/final/polls/other/heads')).heads?.[0]?.includes(
        '\n31\n',
      ),
    )
    const offsets = (log: Database) =>
      log
        .query<{ place: number; value: Uint8Array }, []>('SELECT place, value FROM log_ballots')
        .all()
        .filter(({ value }) => (JSON.parse(Buffer.from(value).toString()) as Ballot).poll === 'other')
        .map(({ place }) => place)
    const dropped = await audited(
      (log) => log.run('DELETE FROM log_ballots WHERE place = ?', [offsets(log)[3]!]),
      {
        poll: 'other',
      },
    )
    expect(found(dropped, 'dropped')).toHaveLength(1)
    const end = 'a head of 31 ballots was signed, and the log has 30'
    expect(dropped.findings.map(({ detail }) => detail)).toContain(end)
    const beheaded = await audited((log) => log.run('DELETE FROM log_ballots WHERE place < 2'), {
      poll: 'other',
    })
    expect(found(beheaded, 'dropped').map(({ offset }) => offset)).toEqual([0, 1])
    const changed = await audited(
      (log) => {
        const [offset] = offsets(log)
        rewrite(log, offset!, { ...ballotAt(log, offset!), choice: ['cleo'] })
      },
      { poll: 'other' },
    )
    expect(changed.findings.map(({ detail }) => detail)).toEqual([
      'the first 31 ballots are not those of the head that was signed',
      'ben: counted 29, the live tally says 30',
      'cleo: counted 1, the live tally says 0',
    ])
  })
})

test('a key that was rotated signs from then on, and what was signed before is still good', async () => {
  const { receipt: before } = await roar.vote('other', tokenOf('w1'), { choice: 'anna' })
  expect((await roar.request('POST', '/v1/studio/keys', tokenOf('boss', { role: 'producer' }))).status).toBe(
    201,
  )
  const trail = await roar.request('GET', '/v1/studio/audit', tokenOf('boss', { role: 'producer' }))
  expect((await trail.json())[0]).toMatchObject({ who: 'boss', action: 'rotate-key' })
  const { receipt: after } = await roar.vote('other', tokenOf('w2'), { choice: 'anna' })
  const set = await roar.json<JwkSet>('/v1/keys')
  expect(set.keys.map(({ kid }) => kid)).toEqual([after.proof.kid, before.proof.kid])
  expect(after.proof.kid).not.toBe(before.proof.kid)
  expect(JSON.stringify(set)).not.toContain('"d"')
  expect((await roar.vote('other', tokenOf('w1'), { choice: 'anna' })).receipt).toEqual(before)
})

test('a key that was revoked is followed by a new one, is said to be revoked, and asking again is no second entry', async () => {
  const producer = tokenOf('boss', { role: 'producer' })
  const keysNow = async () => (await roar.json<JwkSet>('/v1/keys')).keys
  const [{ kid }] = (await keysNow()) as [JwkSet['keys'][number]]
  const revoke = async (id: string) => {
    const response = await roar.request('DELETE', `/v1/studio/keys/${id}`, producer)
    return { status: response.status, body: await response.json() }
  }
  const first = await revoke(kid)
  expect(first).toMatchObject({ status: 200, body: { kid } })
  expect(await revoke(kid)).toEqual(first)
  const [newest, before] = await keysNow()
  expect(before).toMatchObject({ kid, revoked: first.body.revoked })
  const { receipt } = await roar.vote('other', tokenOf('w3'), { choice: 'anna' })
  expect(receipt.proof.kid).toBe(newest!.kid)
  const trail = await (await roar.request('GET', '/v1/studio/audit?limit=2', producer)).json()
  expect(trail.map(({ action }: { action: string }) => action)).toEqual(['revoke-key', 'rotate-key'])
  expect((await revoke('x'.repeat(43))).status).toBe(404)
})

test('once its key is forgotten nobody finds the voters of a poll, and the certificate stays', async () => {
  expect((await roar.act('other', 'forget')).body.code).toBe('wrong_state')
  expect((await roar.poll('mvp', tokenOf('v100'))).mine?.ballot).toBe(receipts[100]!.ballot)
  const remembered = async () =>
    Number((await (await roar.request('GET', '/metrics')).text()).match(/^\w*votes_voters (\d+)/m)![1])
  const before = await remembered()
  expect((await roar.act('mvp', 'forget')).status).toBe(200)
  expect(before - (await remembered())).toBe(VOTERS)
  expect((await roar.poll('mvp', tokenOf('v100'))).mine).toBeUndefined()
  expect((await roar.vote('mvp', tokenOf('v100'), { choice: 'anna' })).problem.code).toBe('poll_closed')
  expect(await roar.json<Certificate>('/v1/shows/final/polls/mvp/certificate')).toEqual(certificate)
})
