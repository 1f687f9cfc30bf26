import { afterAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
const keys = file('keys.json', JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'k', x: 'eA' }] }))

const verify = async (...argv: string[]): Promise<number> => (await heard(() => runVerify(argv))).code

test.each(['null', 'false', '0', '""', '[]', '{}'])(
  'a document that says %s is good for nothing',
  async (text) => {
    const given = file('given.json', text)
    const receipt = file('receipt.json', '{}')
    for (const flags of [
      ['--receipt', given],
      ['--certificate', given],
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

test.each(['null', '[]', '{}', '{"keys":[]}', '{"keys":[null]}', '{"keys":[{"kid":1,"x":2}]}', '"x"'])(
  'keys that say %s are no key set, which is said in a sentence',
  (text) =>
    expect(verify('--keys', file('set.json', text), '--receipt', keys)).rejects.toThrow('is not the key set'),
)
