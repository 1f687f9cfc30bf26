import { expect, test } from 'bun:test'
import { createPublicKey, verify } from 'node:crypto'
import { isConsistent } from '../../engine/polls/merkle.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { Certificate } from '../../protocol/polls.ts'
import { type JwkSet, sha256 } from '../../services/polls/signing-keys.ts'
import { startVoting, tokenOf } from './voting.ts'

interface Heads {
  heads: string[]
  proof?: { from: number; to: number; path: string[] }
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

async function voted(roar: Awaited<ReturnType<typeof startVoting>>, names: string[]): Promise<void> {
  const answers = names.map((name) => roar.vote('mvp', tokenOf(name), { choice: 'anna' }))
  for (const { status } of await Promise.all(answers)) expect(status).toBe(201)
}

test('heads of the open poll lead to the certificate, through a restart', async () => {
  let roar = await startVoting()
  await roar.create('mvp')
  expect((await roar.json<Problem>(`${AT}/heads`)).code).toBe('unknown_poll')
  await roar.act('mvp', 'open')
  await voted(roar, ['a', 'b', 'c'])
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
  const codeOf = async (query: string) => (await roar.json<Problem>(`${AT}/heads?${query}`)).code
  for (const query of ['from=0', 'from=10', 'from=5&to=4', 'from=x', 'from=1&to=10'])
    expect([query, await codeOf(query)]).toEqual([query, 'bad_request'])

  const { keys } = await roar.json<JwkSet>('/v1/keys')
  for (const head of [early, heads[0]!]) {
    expect(isSigned(head, keys[0]!.x)).toBe(true)
    expect(isSigned(head.replace(/\n\d+\n/, '\n5\n'), keys[0]!.x)).toBe(false)
  }
  await roar.stop()
  roar.data.remove()
}, 60_000)
