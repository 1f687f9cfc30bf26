import { expect, test } from 'bun:test'
import { checkpointText, noteKeyBytes, originOf, signedNote } from './checkpoints.ts'

test('a key has the id that other programs give it', () => {
  // The key of the example in the documentation of Go's golang.org/x/mod/sumdb/note.
  const [name, id, key] = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'.split('+')
  const publicKey = Uint8Array.fromBase64(key!).subarray(1)
  const hash = Bun.SHA256.hash(noteKeyBytes(name!, publicKey)) as Uint8Array
  expect(hash.subarray(0, 4).toHex()).toBe(id!)
})

test('a head is three lines, an empty one, and its signature behind a dash', () => {
  const name = originOf('final', 'mvp')
  const text = checkpointText(name, { size: 7, root: 'AAEC' })
  const note = signedNote(text, {
    name,
    keyId: '01020304',
    signature: new Uint8Array(2),
  })
  expect(note).toBe('roar/final/mvp\n7\nAAEC\n\n\u2014 roar/final/mvp AQIDBAAA\n')
})
