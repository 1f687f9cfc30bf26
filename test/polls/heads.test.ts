import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { createPublicKey, verify } from 'node:crypto'
import { join } from 'node:path'
import { isConsistent } from '../../engine/polls/merkle.ts'
import { rootOf } from '../../engine/polls/receipts.ts'
import type { Problem } from '../../protocol/errors.ts'
import { type Certificate, leafText, type MerklePath } from '../../protocol/polls.ts'
import type { JwkSet } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { until } from '../until.ts'
import { startVoting, tokenOf } from './voting.ts'

interface Heads {
  heads: string[]
  proof?: { from: number; to: number; path: string[] }
  inclusion?: MerklePath
}

const AT = '/v1/shows/final/polls/mvp'
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))

/** Size and root of a checkpoint, as its lines have them. */
function treeOf(head: string) {
  const [origin, size, root] = head.split('\n')
  expect(origin).toBe('roar/final/mvp')
  return { size: Number(size), root: bytes(root!) }
}

/** Whether a signed note's only signature is good. @param x The public key, base64url. */
function isSigned(note: string, x: string): boolean {
  const end = note.indexOf('\n\n') + 1
  const [dash, name, signature] = note.slice(end + 1, -1).split(' ')
  expect([dash, name]).toEqual(['\u2014', 'roar/final/mvp'])
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  // Four bytes of the key's id stand before the signature.
  return verify(null, Buffer.from(note.slice(0, end)), key, bytes(signature!).subarray(4))
}

async function voted(roar: Awaited<ReturnType<typeof startVoting>>, names: string[]) {
  const cast = async (name: string) => {
    // After a start the ballots of before are read first.
    const answer = await until(
      () => roar.vote('mvp', tokenOf(name), { choice: 'anna' }),
      ({ status }) => status !== 503,
    )
    expect(answer.status).toBe(201)
    return answer
  }
  const answers = await Promise.all(names.map(cast))
  return answers.map(({ receipt }) => receipt).toSorted((a, b) => a.place.offset - b.place.offset)
}

test('heads of the open poll lead to the certificate, through a restart', async () => {
  let roar = await startVoting()
  await roar.create('mvp')
  expect((await roar.json<Problem>(`${AT}/heads`)).code).toBe('unknown_poll')
  await roar.act('mvp', 'open')
  const receipts = await voted(roar, ['a', 'b', 'c'])
  const [early] = (await roar.json<Heads>(`${AT}/heads`)).heads as [string]
  expect(treeOf(early).size).toBe(3)
  await voted(roar, ['d', 'e', 'f', 'g'])

  // What is kept of heads is gone; the tree is not.
  await roar.stop()
  roar = await startVoting({ data: roar.data })
  await voted(roar, ['h', 'i'])
  await roar.act('mvp', 'close')
  expect((await roar.act('mvp', 'seal')).status).toBe(200)
  const { heads, proof } = await roar.json<Heads>(`${AT}/heads?from=3`)
  const { statement } = await roar.json<Certificate>(`${AT}/certificate`)
  const newest = treeOf(heads[0]!)
  expect(newest.size).toBe(statement.ballots)
  expect(newest.root.toBase64({ alphabet: 'base64url', omitPadding: true })).toBe(statement.root)
  const path = proof!.path.map((hash) => new Uint8Array(Buffer.from(hash, 'base64url')))
  expect(isConsistent(sha256, { older: treeOf(early), newer: newest, path })).toBe(true)
  // Each receipt's place is under a later head.
  const { partition, offset } = receipts[2]!.place
  const under = await roar.json<Heads>(`${AT}/heads?place=${partition}:${offset}&to=7`)
  expect(under.inclusion).toMatchObject({ index: 2, size: 7 })
  const seventh = await roar.json<Heads>(`${AT}/heads?from=7`)
  const sized = {
    size: 7,
    root: new Uint8Array(Buffer.from(rootOf(sha256, leafText(receipts[2]!), under.inclusion!)!, 'base64url')),
  }
  const on = seventh.proof!.path.map((hash) => new Uint8Array(Buffer.from(hash, 'base64url')))
  expect(isConsistent(sha256, { older: sized, newer: newest, path: on })).toBe(true)
  for (const place of ['0:99', '1:0'])
    expect((await roar.json<Problem>(`${AT}/heads?place=${place}`)).code).toBe('unknown_ballot')
  const codeOf = async (query: string) => (await roar.json<Problem>(`${AT}/heads?${query}`)).code
  for (const query of ['from=0', 'from=10', 'from=5&to=4', 'from=x', 'from=1&to=10', 'place=x', 'place=1'])
    expect([query, await codeOf(query)]).toEqual([query, 'bad_request'])

  const { keys } = await roar.json<JwkSet>('/v1/keys')
  for (const head of [early, heads[0]!]) {
    expect(isSigned(head, keys[0]!.x)).toBe(true)
    expect(isSigned(head.replace(/\n\d+\n/, '\n5\n'), keys[0]!.x)).toBe(false)
  }
  await roar.stop()
  roar.data.remove()
})

/** What the server says of heads after somebody was at its log. */
async function afterwards(meddle: (log: Database) => void): Promise<Problem> {
  let roar = await startVoting()
  await roar.create('mvp')
  await roar.act('mvp', 'open')
  await voted(roar, ['a', 'b', 'c', 'd'])
  expect((await roar.json<Heads>(`${AT}/heads`)).heads).toHaveLength(1)
  await roar.stop()
  const log = new Database(join(roar.data.path, 'log.db'))
  meddle(log)
  log.close()
  roar = await startVoting({ data: roar.data })
  const problem = await roar.json<Problem>(`${AT}/heads`)
  await roar.stop()
  roar.data.remove()
  return problem
}

test('a server whose log lost its end, or a word of it, signs no second history, and says so', async () => {
  const shrunk = await afterwards((log) => log.run('DELETE FROM log_ballots WHERE place >= 2'))
  expect(shrunk.detail).toContain('a head of 4 ballots was signed, but the log has only 2: its end is lost')
  const edited = await afterwards((log) =>
    log.run("UPDATE log_ballots SET value = CAST(replace(value, 'anna', 'ben') AS BLOB) WHERE place = 1"),
  )
  expect(edited.detail).toContain('its first 4 ballots differ from the signed head')
  expect([shrunk.code, edited.code]).toEqual(['log_unavailable', 'log_unavailable'])
})
