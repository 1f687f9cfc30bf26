import { expect, test } from 'bun:test'
import {
  checkpointText,
  cosignatureBytes,
  cosignedText,
  KEY_TYPE,
  noteKeyBytes,
  noteKeyText,
  originOf,
  readCheckpoint,
  readCosignature,
  readNote,
  readNoteKey,
  readSignature,
  signedNote,
} from './checkpoints.ts'

test('a key has the id that other programs give it', () => {
  // The key of the example in the documentation of Go's golang.org/x/mod/sumdb/note.
  const [name, id, key] = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'.split('+')
  const publicKey = Uint8Array.fromBase64(key!).subarray(1)
  const hash = Bun.SHA256.hash(noteKeyBytes(name!, publicKey)) as Uint8Array
  expect(hash.subarray(0, 4).toHex()).toBe(id!)
})

test('a key says of what kind it is, as C2SP signed-note and tlog-cosignature number them', () => {
  const typeOf = (type?: number) => noteKeyBytes('wit', Uint8Array.of(9), type)[4]
  expect([typeOf(), typeOf(KEY_TYPE.cosignature)]).toEqual([0x01, 0x04])
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

const ROOT = Uint8Array.from({ length: 32 }, (_, i) => i)

test('a checkpoint is read as it was written, and what is none is none', () => {
  const root = ROOT.toBase64()
  const text = checkpointText('roar/final/mvp', { size: 7, root })
  expect(readCheckpoint(text)).toEqual({ origin: 'roar/final/mvp', size: 7, root: ROOT })
  expect(readCheckpoint(checkpointText('o', { size: 0, root }))).toMatchObject({ size: 0 })
  for (const bad of [
    '',
    'o',
    'o\n7',
    `\n7\n${root}\n`,
    `o\n07\n${root}\n`,
    `o\n-7\n${root}\n`,
    `o\n1234567890123456\n${root}\n`,
    `o\n7\n${ROOT.subarray(1).toBase64()}\n`,
    'o\n7\n?\n',
    `o\n7\n${root.replace('=', '')}\n`,
    `o\n7\n${root.replace(/.=$/, '9=')}\n`,
    `o\n7\n ${root}\n`,
    `o\r\n7\r\n${root}\r\n`,
    `o\n\u0667\n${root}\n`,
    `o\n7e0\n${root}\n`,
    'o\n7\n\n',
  ])
    expect(readCheckpoint(bad)).toBeUndefined()
})

test('a signed note is read as it was written, with all its signatures, and what is none is none', () => {
  const signature = Uint8Array.of(1, 2, 3)
  const note = signedNote('text\n', { name: 'ann', keyId: '0a0b0c0d', signature })
  const second = '\u2014 ben CgsMDQk=\n'
  expect(readNote(note + second)).toEqual({
    text: 'text\n',
    signatures: [
      { line: '\u2014 ann CgsMDQECAw==\n', name: 'ann', keyId: '0a0b0c0d', signature },
      { line: second, name: 'ben', keyId: '0a0b0c0d', signature: Uint8Array.of(9) },
    ],
  })
  const spelt = [
    note.replaceAll('\n', '\r\n'),
    note.replace(/\n$/, '\r\n'),
    note.replace('text', 'te\u0000xt'),
    note.replace('==', ''),
    note.replace('w==', 'x=='),
    note.replace('CgsM', 'Cg sM'),
    note.replace('CgsM', 'Cg\tsM'),
    note.replace('ann', 'a+nn'),
    note.replace('ann', 'an\u00a0n'),
  ]
  for (const bad of ['', 'text\n', 'text\n\n', note.trimEnd(), `${note}no signature\n`, ...spelt])
    expect([bad, readNote(bad)]).toEqual([bad, undefined])
  const long = 'x'.repeat(16_384 - note.length)
  // A signature alone, with nothing that is signed.
  expect(readNote(`x${note.slice(note.indexOf('\u2014'))}`)).toBeUndefined()
  expect(readNote(`${long}${note}`)).toBeDefined()
  expect(readNote(`x${long}${note}`)).toBeUndefined()
  const signatures = second.repeat(Math.ceil(16_384 / second.length))
  for (const bad of [signatures, `x\n\n${signatures}`]) expect(readNote(bad)).toBeUndefined()
})

test('whatever the id of a key, it is read as it was written, before the signature', () => {
  const signature = Uint8Array.of(7)
  const note = signedNote('text\n', { name: 'ann', keyId: 'f1e2d3c4', signature })
  expect(note.split('\n')[2]).toBe(
    `\u2014 ann ${Buffer.from([0xf1, 0xe2, 0xd3, 0xc4, 7]).toString('base64')}`,
  )
  expect(readNote(note)!.signatures).toMatchObject([{ keyId: 'f1e2d3c4', signature }])
})

test('a line of a signature is a dash, a name and the bytes behind the key’s id, and nothing else', () => {
  expect(readSignature('\u2014 ann CgsMDQE=')).toMatchObject({ name: 'ann', keyId: '0a0b0c0d' })
  for (const bad of [
    '',
    '- ann CgsMDQE=',
    '\u2014  CgsMDQE=',
    '\u2014 ann',
    '\u2014 ann ?',
    '\u2014 ann CgsMDQ==',
    '\u2014 ann CgsMDQE= more',
  ])
    expect(readSignature(bad)).toBeUndefined()
})

test('a key is read as its owner publishes it, and what is none is none', () => {
  const key = { keyId: '0a0b0c0d', type: 4, key: ROOT }
  expect(readNoteKey(noteKeyText('wit.example/1', key))).toEqual({ name: 'wit.example/1', ...key })
  for (const bad of [
    '',
    'wit',
    'wit+0a0b0c0d',
    'wit+0a0b0c+BAAB',
    noteKeyText('', key),
    noteKeyText('a b', key),
    noteKeyText('wit', { ...key, key: ROOT.subarray(1) }),
    noteKeyText('wit', { ...key, keyId: 'XXXXXXXX' }),
    'wit+0a0b0c0d+=',
  ])
    expect(readNoteKey(bad)).toBeUndefined()
})

test('a cosignature has its time before it, and one of another length is of another kind', () => {
  const signature = Uint8Array.from({ length: 64 }, (_, i) => 255 - i)
  const bytes = cosignatureBytes(1_795_349_712, signature)
  expect(bytes.toHex()).toBe(`000000006b02dcd0${signature.toHex()}`)
  const line = { line: '', name: 'wit', keyId: '00000000' }
  expect(readCosignature({ ...line, signature: bytes })).toEqual({ timeS: 1_795_349_712, signature })
  for (const wrong of [bytes.slice(1), new Uint8Array(73)])
    expect(readCosignature({ ...line, signature: wrong })).toBeUndefined()
  expect(cosignedText('text\n', 7)).toBe('cosignature/v1\ntime 7\ntext\n')
})
