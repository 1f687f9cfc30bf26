import { createHash } from 'node:crypto'

/*
 * The parts used of Mach-O (mach-o/loader.h, little-endian) and of Apple's code signatures (xnu, osfmk/kern/cs_blobs.h,
 * big-endian).
 */
const HEADER_BYTES = 32
const LC_SEGMENT_64 = 0x19
const LC_CODE_SIGNATURE = 0x1d
const EMBEDDED_SIGNATURE = 0xfade0cc0
const CODE_DIRECTORY = 0xfade0c02
/** The version that has the executable segment. */
const DIRECTORY_VERSION = 0x20400
const ADHOC_LINKER_SIGNED = 0x20002
const SHA256 = 2
const MAIN_BINARY = 1n
const IDENTIFIER = 'a.out\0'
const DIRECTORY_BYTES = 88
const BLOB_BYTES = 20
const HASH_BYTES = 32
const PAGE_BITS = 12
const PAGE_BYTES = 1 << PAGE_BITS
/** Segment alignment on every Mac. */
const SEGMENT_BYTES = 0x4000n

/**
 * Replaces the signature of a macOS executable by an ad-hoc one. The runtime is signed by its makers; with the program in it that
 * signature is wrong, and macOS kills a process whose pages do not match its signature. The bundler re-signs only arm64. @throws
 * Error if it is no such executable
 */
export function signedAdHoc(executable: Uint8Array): Uint8Array {
  const header = new DataView(executable.buffer, executable.byteOffset, executable.byteLength)
  const { signature, text, linkedit } = commandsOf(header)
  const codeBytes = header.getUint32(signature + 8, true)
  const pages = Math.ceil(codeBytes / PAGE_BYTES)
  const hashOffset = DIRECTORY_BYTES + IDENTIFIER.length
  const bytes = BLOB_BYTES + hashOffset + pages * HASH_BYTES

  const signed = new Uint8Array(codeBytes + bytes)
  signed.set(executable.subarray(0, codeBytes))
  const view = new DataView(signed.buffer)
  // Written before hashing, as it is hashed too: where the signature is, and that the last segment ends with it.
  view.setUint32(signature + 12, bytes, true)
  const linkeditBytes = BigInt(signed.length) - view.getBigUint64(linkedit + 40, true)
  view.setBigUint64(linkedit + 48, linkeditBytes, true)
  if (view.getBigUint64(linkedit + 32, true) < linkeditBytes)
    view.setBigUint64(linkedit + 32, (linkeditBytes + SEGMENT_BYTES - 1n) & -SEGMENT_BYTES, true)

  words(view, codeBytes, [EMBEDDED_SIGNATURE, bytes, 1, 0, BLOB_BYTES])
  const directory = codeBytes + BLOB_BYTES
  words(view, directory, [
    CODE_DIRECTORY,
    bytes - BLOB_BYTES,
    DIRECTORY_VERSION,
    ADHOC_LINKER_SIGNED,
    hashOffset,
    DIRECTORY_BYTES,
    0,
    pages,
    codeBytes,
  ])
  signed.set([HASH_BYTES, SHA256, 0, PAGE_BITS], directory + 36)
  view.setBigUint64(directory + 72, view.getBigUint64(text + 48, true))
  view.setBigUint64(directory + 80, MAIN_BINARY)
  signed.set(new TextEncoder().encode(IDENTIFIER), directory + DIRECTORY_BYTES)
  for (let page = 0; page < pages; page++) {
    const from = page * PAGE_BYTES
    const hashed = signed.subarray(from, Math.min(from + PAGE_BYTES, codeBytes))
    signed.set(createHash('sha256').update(hashed).digest(), directory + hashOffset + page * HASH_BYTES)
  }
  return signed
}

const words = (view: DataView, at: number, values: number[]): void => {
  for (const [index, value] of values.entries()) view.setUint32(at + 4 * index, value)
}

/** Offsets of the load commands that concern the signature. */
function commandsOf(view: DataView): Record<'signature' | 'text' | 'linkedit', number> {
  const found: Record<string, number> = {}
  let at = HEADER_BYTES
  for (let left = view.getUint32(16, true); left > 0; left--) {
    const command = view.getUint32(at, true)
    if (command === LC_CODE_SIGNATURE) found.signature = at
    if (command === LC_SEGMENT_64) found[nameAt(view, at + 8)] = at
    at += view.getUint32(at + 4, true)
  }
  const { signature, __TEXT: text, __LINKEDIT: linkedit } = found
  if (signature === undefined || text === undefined || linkedit === undefined)
    throw new Error('it has no signature to replace')
  return { signature, text, linkedit }
}

const nameAt = (view: DataView, at: number): string =>
  new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, 16)).replace(/\0+$/, '')
