import { afterAll, expect, test } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyIdOf } from '../engine/polls/checkpoints.ts'
import { checkpointText, signedNote } from '../protocol/checkpoints.ts'
import { sha256 } from '../services/sha256.ts'
import { heard } from '../test/command-line.ts'
import { temporaryFolder } from '../test/embedded.ts'
import { runVerify } from './verify.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())

const file = (name: string, text: string): string => {
  const path = join(folder.path, name)
  writeFileSync(path, text)
  return path
}
const keys = file(
  'keys.json',
  JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'k', x: 'eA', from: 0 }] }),
)

const KEYS = [1, 2].map(() => generateKeyPairSync('ed25519').privateKey)

test("a certificate's head is good only by a key that signed when the poll was sealed", async () => {
  const [revoked, newer] = KEYS.map((key, i) => {
    const { kty, crv, x } = key.export({ format: 'jwk' })
    return {
      ...{ kty, crv, x, kid: `k${i}` },
      ...(i === 0 ? { from: 0, revoked: 100_000 } : { from: 90_000 }),
    }
  })
  const set = file('lives.json', JSON.stringify({ keys: [newer, revoked] }))
  const name = 'roar/final/mvp'
  const root = Buffer.alloc(32, 1)
  const text = checkpointText(name, { size: 5, root: root.toString('base64') })
  const saidOf = async (signer: number, sealed: number) => {
    const x = KEYS[signer]!.export({ format: 'jwk' }).x!
    const keyId = keyIdOf(sha256, name, Buffer.from(x, 'base64url'))
    const head = signedNote(text, { name, keyId, signature: sign(null, Buffer.from(text), KEYS[signer]!) })
    const statement = { show: 'final', poll: 'mvp', ballots: 5, root: root.toString('base64url'), sealed }
    const certificate = file('headed.json', JSON.stringify({ statement, kid: 'k1', signature: '', head }))
    const { out } = await heard(() => runVerify(['--keys', set, '--certificate', certificate]))
    return /head: (.*)/.exec(out)![1]
  }
  expect([await saidOf(0, 99_999), await saidOf(0, 100_000), await saidOf(1, 100_000)]).toEqual([
    'valid',
    'no key in use signed it',
    'valid',
  ])
})

const verify = async (...argv: string[]): Promise<number> => (await heard(() => runVerify(argv))).code

test.each(['null', 'false', '0', '""', '[]', '{}'])(
  'a document that says %s is good for nothing',
  async (text) => {
    const given = file('given.json', text)
    const receipt = file('receipt.json', '{}')
    for (const flags of [
      ['--receipt', given],
      ['--certificate', given],
      ['--certificate', given, '--poll', receipt],
      ['--certificate', given, '--recount', file('ballots.ndjson', '{}\n')],
      ['--receipt', receipt, '--certificate', given],
      ['--certificate', receipt, '--poll', given],
      ['--receipt', receipt, '--certificate', receipt, '--proof', given],
    ])
      expect([flags, await verify('--keys', keys, ...flags)]).toEqual([flags, 1])
  },
)

test('a certificate whose witnesses are no list, or whose head is none, is not good', async () => {
  for (const change of [{ witnesses: null }, { head: null }, { head: 'x', witnesses: 5 }])
    expect(await verify('--keys', keys, '--certificate', file('c.json', JSON.stringify(change)))).toBe(1)
})

test.each([
  'null',
  '[]',
  '{}',
  '{"keys":[]}',
  '{"keys":[null]}',
  '{"keys":[{"kid":1,"x":2,"from":0}]}',
  '{"keys":[{"kid":"k","x":"eA","from":0,"to":"1"}]}',
  '"x"',
])('keys that say %s are no key set, which is said in a sentence', (text) =>
  expect(verify('--keys', file('set.json', text), '--receipt', keys)).rejects.toThrow('is not the key set'),
)
