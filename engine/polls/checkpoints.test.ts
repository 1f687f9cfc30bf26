import { describe, expect, test } from 'bun:test'
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify as verifySignature,
} from 'node:crypto'
import { readSignature } from '../../protocol/checkpoints.ts'
import type { Certificate } from '../../protocol/polls.ts'
import { headFault, seenBy } from './certificates.ts'
import {
  checkedHead,
  isCosignature,
  keyIdOf,
  type VerifyBytes,
  witnessKeyOf,
  witnessKeyText,
} from './checkpoints.ts'
import type { Sha256 } from './merkle.ts'

/*
 * Notes, keys and cosignatures are built by hand from C2SP's signed-note, tlog-checkpoint and tlog-cosignature, without calling
 * the code under test.
 */
const sha256: Sha256 = (data, into = new Uint8Array(32)) => Bun.SHA256.hash(data, into) as Uint8Array
const verify: VerifyBytes = (key, text, signature) =>
  verifySignature(
    null,
    Buffer.from(text),
    createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') },
      format: 'jwk',
    }),
    signature,
  )

const [ED25519, COSIGNATURE] = [1, 4]
function newKey(name: string, type: number) {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = Buffer.from(privateKey.export({ format: 'jwk' }).x!, 'base64url')
  const id = createHash('sha256')
    .update(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), key]))
    .digest()
    .subarray(0, 4)
  const line = (...signed: Buffer[]) =>
    `\u2014 ${name} ${Buffer.concat([id, ...signed]).toString('base64')}\n`
  return {
    key: new Uint8Array(key),
    id: id.toString('hex'),
    /** The key as its owner publishes it. */
    text: `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(type), key]).toString('base64')}`,
    line: (text: string) => line(sign(null, Buffer.from(text), privateKey)),
    /** A cosignature of a text at a time in seconds. */
    coline(text: string, timeS = 1_795_349_712): string {
      const time = Buffer.alloc(8)
      time.writeBigUInt64BE(BigInt(timeS))
      return line(time, sign(null, Buffer.from(`cosignature/v1\ntime ${timeS}\n${text}`), privateKey))
    },
  }
}

const ORIGIN = 'roar/final/mvp'
const ROOT = Buffer.alloc(32, 7)
const TEXT = `${ORIGIN}\n5\n${ROOT.toString('base64')}\n`
const log = newKey(ORIGIN, ED25519)
const witness = newKey('watcher.example', COSIGNATURE)

test('a key has the id that other programs give it', () => {
  // The example key in the documentation of Go's golang.org/x/mod/sumdb/note.
  const key = Uint8Array.fromBase64('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW').subarray(1)
  expect(keyIdOf(sha256, 'PeterNeumann', key)).toBe('c74f20a3')
})

test("a witness's key is read as it is published, and one of another kind or with another's id is none", () => {
  const { key, text, id } = witness
  expect(witnessKeyText(sha256, 'watcher.example', key)).toBe(text)
  expect(witnessKeyOf(sha256, text)).toMatchObject({ name: 'watcher.example', keyId: id, key })
  expect(witnessKeyOf(sha256, 'no key')).toBeUndefined()
  expect(witnessKeyOf(sha256, newKey('watcher.example', ED25519).text)).toBeUndefined()
  expect(witnessKeyOf(sha256, text.replace('watcher', 'another'))).toBeUndefined()
})

describe('a cosignature', () => {
  const isGood = (line: string, text = TEXT) =>
    isCosignature(readSignature(line)!, { text, witness: witnessKeyOf(sha256, witness.text)!, verify })

  test("is the witness's, of this text and this time", () => {
    expect(isGood(witness.coline(TEXT))).toBe(true)
    expect(isGood(witness.coline(TEXT, 0))).toBe(true)
    expect(isGood(witness.coline(TEXT), TEXT.replace('5', '6'))).toBe(false)
    const bytes = Buffer.from(witness.coline(TEXT).split(' ')[2]!, 'base64')
    bytes[11]! ^= 1
    expect(isGood(`\u2014 watcher.example ${bytes.toString('base64')}\n`)).toBe(false)
  })

  test("is not valid under another's name or key's id, nor as a signature without its time", () => {
    expect(isGood(witness.coline(TEXT).replace('watcher', 'another'))).toBe(false)
    const bytes = Buffer.from(witness.coline(TEXT).split(' ')[2]!, 'base64')
    bytes[0]! ^= 1
    expect(isGood(`\u2014 watcher.example ${bytes.toString('base64')}\n`)).toBe(false)
    expect(isGood(newKey('watcher.example', COSIGNATURE).coline(TEXT))).toBe(false)
    expect(isGood(witness.line(TEXT))).toBe(false)
  })
})

describe('a head', () => {
  const check = (note: string, keys = [log.key]) =>
    checkedHead(note, { origin: ORIGIN, keys, sha256, verify })
  const note = (text = TEXT) => `${text}\n${log.line(text)}`

  test('that one of the keys signed is its size, root, text and signatures', () => {
    const cosigned = note() + witness.coline(TEXT)
    const head = { size: 5, root: new Uint8Array(ROOT), text: TEXT }
    expect(check(cosigned)).toMatchObject(head)
    const checked = check(cosigned)
    if (typeof checked === 'string') throw new Error(checked)
    expect(checked.signatures.map(({ line }) => line)).toEqual([log.line(TEXT), witness.coline(TEXT)])
    // The newest key is the last one.
    expect(check(note(), [newKey(ORIGIN, ED25519).key, log.key])).toMatchObject(head)
  })

  test('says why it is none: no note, no checkpoint, of another log, signed by nobody who may', () => {
    expect(check('a text')).toBe('it is not a checkpoint')
    expect(check(`a text\n\n${log.line('a text\n')}`)).toBe('it is not a checkpoint')
    const other = TEXT.replace('final', 'semi')
    expect(check(`${other}\n${log.line(other)}`)).toBe('its origin is roar/semi/mvp')
    const unsigned = 'no key in use signed it'
    expect(check(note(), [])).toBe(unsigned)
    expect(check(note(), [newKey(ORIGIN, ED25519).key])).toBe(unsigned)
    expect(check(`${TEXT}\n${log.line(TEXT.replace('5', '6'))}`)).toBe(unsigned)
    // The same key under another name, or with another key's id.
    expect(check(`${TEXT}\n${log.line(TEXT).replace('final', 'semi')}`)).toBe(unsigned)
    const signature = Buffer.from(log.line(TEXT).split(' ')[2]!, 'base64')
    signature[3]! ^= 1
    expect(check(`${TEXT}\n\u2014 ${ORIGIN} ${signature.toString('base64')}\n`)).toBe(unsigned)
  })
})

describe("a certificate's head", () => {
  const statement = { show: 'final', poll: 'mvp', ballots: 5, root: ROOT.toString('base64url') }
  const certificate = (more: object) =>
    ({ statement, kid: 'k', signature: 's', ...more }) as unknown as Certificate
  const head = `${TEXT}\n${log.line(TEXT)}`
  const fault = (more: object) => headFault(certificate(more), { keys: [log.key], sha256, verify })

  test('is of the tree that was sealed; a certificate may have none', () => {
    expect(fault({})).toBeUndefined()
    expect(fault({ head })).toBeUndefined()
    expect(fault({ head: head.replace('final', 'semi') })).toBe('its origin is roar/semi/mvp')
    const elsewhere = 'its tree is not the one of the certificate'
    expect(fault({ head, statement: { ...statement, ballots: 6 } })).toBe(elsewhere)
    expect(fault({ head, statement: { ...statement, root: 'another' } })).toBe(elsewhere)
  })

  test('was seen by the witnesses who were asked and whose cosignature is valid, each name and each key once', () => {
    const by = (lines: string, witnesses?: string[]) =>
      seenBy(certificate({ head: head + lines, witnesses }), { sha256, verify })
    const second = newKey('second.example', COSIGNATURE)
    const both = witness.coline(TEXT) + second.coline(TEXT)
    expect(by(both, [witness.text, second.text])).toEqual(['watcher.example', 'second.example'])
    expect(by(both, [witness.text])).toEqual(['watcher.example'])
    expect(by(witness.coline(TEXT), [witness.text, second.text, 'no key'])).toEqual(['watcher.example'])
    expect(by(both)).toEqual([])
    const twin = newKey('watcher.example', COSIGNATURE)
    expect(by(both + twin.coline(TEXT), [witness.text, twin.text])).toEqual(['watcher.example'])
    const again = witness.coline(TEXT)
    expect(by(again + again, [witness.text, witness.text])).toEqual(['watcher.example'])
    expect(seenBy(certificate({ witnesses: [witness.text] }), { sha256, verify })).toEqual([])
  })

  test('one key under two names is one witness', () => {
    // The signed text does not contain a name, so the owner of a key can sign under any name.
    const name = 'another.example'
    const key = Buffer.from(witness.key)
    const id = createHash('sha256')
      .update(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(COSIGNATURE), key]))
      .digest()
      .subarray(0, 4)
    const signed = Buffer.from(witness.coline(TEXT).split(' ')[2]!, 'base64').subarray(4)
    const line = `\u2014 ${name} ${Buffer.concat([id, signed]).toString('base64')}\n`
    const text = `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(COSIGNATURE), key]).toString('base64')}`
    const certified = certificate({
      head: head + witness.coline(TEXT) + line,
      witnesses: [witness.text, text],
    })
    expect(seenBy(certified, { sha256, verify })).toHaveLength(1)
  })
})
