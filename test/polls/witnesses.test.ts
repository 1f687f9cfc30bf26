import { afterAll, expect, test } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import pino from 'pino'
import { addCheckpoint } from '../../cli/monitor/witness.ts'
import { isCosignature, keyIdOf, witnessKeyOf, witnessKeyText } from '../../engine/polls/checkpoints.ts'
import { GrowingTree } from '../../engine/polls/growing-tree.ts'
import { MerkleTree, type TreeHead } from '../../engine/polls/merkle.ts'
import { checkpointText, readNote, signedNote } from '../../protocol/checkpoints.ts'
import { verifyBytes } from '../../services/polls/signing-keys.ts'
import { type Witness, Witnesses } from '../../services/polls/witnesses.ts'
import { sha256 } from '../../services/sha256.ts'

const ORIGIN = 'roar/final/mvp'
const PER_CHUNK = 256
/** More than a million and its chunks, with a rest. */
const SIZE = 2 ** 20 + 2 ** 18 + 777

const LEAVES = Array.from({ length: PER_CHUNK }, (_, i) => sha256(`${i}`))
const { root: CHUNK } = new MerkleTree(sha256, LEAVES)
/** A tree of so many ballots, of which nothing but roots is kept. */
function treeOf(size: number, leaves = LEAVES): GrowingTree {
  const tree = new GrowingTree(sha256, { perChunk: PER_CHUNK, keptChunks: 0, leavesOf: async () => LEAVES })
  while (tree.size + PER_CHUNK <= size) tree.addChunk(CHUNK)
  while (tree.size < size) tree.add(leaves[tree.size % PER_CHUNK]!)
  return tree
}

function newKey() {
  const { privateKey } = generateKeyPairSync('ed25519')
  const publicKey = new Uint8Array(Buffer.from(privateKey.export({ format: 'jwk' }).x!, 'base64url'))
  return { privateKey, publicKey }
}
const log = newKey()
const keyId = keyIdOf(sha256, ORIGIN, log.publicKey)
function noteOf({ size, root }: TreeHead): string {
  const text = checkpointText(ORIGIN, { size, root: root.toBase64() })
  return signedNote(text, { name: ORIGIN, keyId, signature: sign(null, Buffer.from(text), log.privateKey) })
}

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

/** A witness that has seen this head before, and what it becomes of what an honest one would answer. */
function witness(
  name: string,
  {
    seen,
    spoil = async (honest) => honest,
  }: { seen?: TreeHead; spoil?: (honest: Response) => Promise<Response> } = {},
) {
  const { privateKey, publicKey } = newKey()
  const known = new Map<string, TreeHead>(seen === undefined ? [] : [[ORIGIN, seen]])
  const asked: number[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const honest = await addCheckpoint(await request.text(), {
        signer: { name, privateKey, publicKey },
        keysOf: async () => [log.publicKey],
        seen: known,
        keep: () => {},
        nowS: 1_795_349_712,
      })
      asked.push(honest.status)
      return spoil(honest)
    },
  })
  closing.push(() => server.stop(true))
  const text = witnessKeyText(sha256, name, publicKey)
  const key: Witness = { ...witnessKeyOf(sha256, text)!, text, url: server.url.href.replace(/\/$/, '') }
  return { key, asked, known }
}

const logger = pino({ level: 'silent' })
const headOf = (tree: GrowingTree) => {
  const head = tree.head()
  return { origin: ORIGIN, size: head.size, note: noteOf(head), tree }
}

test('a witness that has seen a log of millions at any size before, or never, cosigns what it has grown to', async () => {
  const tree = treeOf(SIZE)
  const sizes = [1, 255, 256, 70_001, 2 ** 19, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, SIZE - 1, SIZE]
  const all = await Promise.all(
    sizes.map(async (size, i) => witness(`w${i}.example`, { seen: await tree.headOf(size) })),
  )
  const fresh = witness('fresh.example')
  const witnesses = new Witnesses([...all.map(({ key }) => key), fresh.key], logger)
  const head = headOf(tree)
  const whole = head.note + (await witnesses.cosign(head)).join('')
  const { text, signatures } = readNote(whole)!
  for (const { key } of [...all, fresh])
    expect(signatures.some((line) => isCosignature(line, { text, witness: key, verify: verifyBytes }))).toBe(
      true,
    )
  // Each said first how far it was.
  for (const { asked } of all) expect(asked).toEqual([409, 200])
  // From here on it is known.
  for (let i = 0; i < 300; i++) tree.add(LEAVES[tree.size % PER_CHUNK]!)
  expect(await witnesses.cosign(headOf(tree))).toHaveLength(all.length + 1)
  expect(fresh.asked).toEqual([200, 200])
})

test('whatever a witness answers, the head is a note that others read, with the cosignatures that are good, and nobody waits', async () => {
  const tree = treeOf(SIZE)
  const answer =
    (text: string, status = 200) =>
    async () =>
      new Response(text, { status })
  const rewritten = (rewrite: (text: string) => string) => async (honest: Response) =>
    new Response(rewrite(await honest.text()), honest)
  const held = Promise.withResolvers<void>()
  closing.push(() => held.resolve())
  const good = [
    witness('good.example'),
    witness('no-end.example', { spoil: rewritten((text) => text.trimEnd()) }),
    witness('others-first.example', {
      spoil: rewritten((text) => `${text.replace('others-first', 'x')}\n\n${text}`),
    }),
  ]
  const bad = [
    witness('windows.example', { spoil: rewritten((text) => text.replace('\n', '\r\n')) }),
    witness('loose.example', { spoil: rewritten((text) => text.replace(/=*\n/, '\n')) }),
    witness('huge.example', { spoil: rewritten((text) => 'x'.repeat(2 ** 20) + text) }),
    witness('slow.example', { spoil: async (honest) => held.promise.then(() => honest) }),
    witness('silent.example', {
      spoil: async () =>
        new Response(new ReadableStream({ start: (body) => body.enqueue(new Uint8Array(8)) })),
    }),
    witness('moved.example', { spoil: async () => Response.redirect('http://127.0.0.1:1/') }),
    witness('ahead.example', { spoil: answer(`${SIZE + 1}\n`, 409) }),
    witness('always.example', { spoil: answer('5\n', 409) }),
    witness('odd.example', { spoil: answer('1e3\n', 409) }),
    witness('negative.example', { spoil: answer('-1\n', 409) }),
    witness('empty.example', { spoil: answer('') }),
    witness('forked.example', { seen: treeOf(SIZE, LEAVES.toReversed()).head() }),
    witness('other-tree.example', { seen: { size: 300, root: CHUNK } }),
  ]
  const down = { ...witness('down.example').key, url: 'http://127.0.0.1:1' }
  const head = headOf(tree)
  const witnesses = new Witnesses([down, ...[...bad, ...good].map(({ key }) => key)], logger)
  const whole = head.note + (await witnesses.cosign(head)).join('')
  const { text, signatures } = readNote(whole)!
  expect(signatures.map(({ name }) => name)).toEqual([ORIGIN, ...good.map(({ key }) => key.name)])
  for (const { key } of good)
    expect(signatures.some((line) => isCosignature(line, { text, witness: key, verify: verifyBytes }))).toBe(
      true,
    )
  for (const { asked } of bad) expect(asked.length).toBeLessThanOrEqual(2)
})
