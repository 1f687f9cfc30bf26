import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { signedAdHoc } from './mac-signature.ts'

const CODE_BYTES = 10_000
const SIGNATURE_AT = 32 + 2 * 72

/** As little of an executable as has what a signature is about: a header, two segments, and a signature that is wrong. */
function executable(): Uint8Array {
  const bytes = new Uint8Array(CODE_BYTES + 500).map((_, index) => index % 251)
  const view = new DataView(bytes.buffer)
  view.setUint32(16, 3, true)
  const segment = (at: number, name: string, fileOffset: number, fileBytes: number) => {
    view.setUint32(at, 0x19, true)
    view.setUint32(at + 4, 72, true)
    bytes.fill(0, at + 8, at + 24)
    bytes.set(new TextEncoder().encode(name), at + 8)
    view.setBigUint64(at + 32, 4096n, true)
    view.setBigUint64(at + 40, BigInt(fileOffset), true)
    view.setBigUint64(at + 48, BigInt(fileBytes), true)
  }
  segment(32, '__TEXT', 0, 8192)
  segment(32 + 72, '__LINKEDIT', 8192, bytes.length - 8192)
  for (const [index, value] of [0x1d, 16, CODE_BYTES, 500].entries())
    view.setUint32(SIGNATURE_AT + 4 * index, value, true)
  return bytes
}

test('the signature has the hash of every page as it is, and the file ends with it', () => {
  const signed = signedAdHoc(executable())
  const view = new DataView(signed.buffer)
  const [at, length] = [view.getUint32(SIGNATURE_AT + 8, true), view.getUint32(SIGNATURE_AT + 12, true)]
  expect([at, at + length]).toEqual([CODE_BYTES, signed.length])
  expect(view.getBigUint64(32 + 72 + 48, true)).toBe(BigInt(signed.length - 8192))

  const directory = at + view.getUint32(at + 16)
  const hashes = directory + view.getUint32(directory + 16)
  const pages = view.getUint32(directory + 28)
  expect([pages, view.getUint32(directory + 32)]).toEqual([3, CODE_BYTES])
  for (let page = 0; page < pages; page++) {
    const bytes = signed.subarray(page * 4096, Math.min((page + 1) * 4096, CODE_BYTES))
    const said = signed.subarray(hashes + page * 32, hashes + (page + 1) * 32)
    expect(Buffer.from(said).toString('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  }
})

test('what is signed twice is the same, and what is no executable of macOS is refused', () => {
  const once = signedAdHoc(executable())
  expect(signedAdHoc(once)).toEqual(once)
  expect(() => signedAdHoc(new Uint8Array(64))).toThrow('no signature')
})
