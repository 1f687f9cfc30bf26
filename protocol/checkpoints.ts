/*
 * Tree heads of polls in the formats of other programs: C2SP signed-note, tlog-checkpoint, tlog-cosignature. Nothing here hashes
 * or checks a signature: servers and browsers do that differently.
 */

/** The type of a note's key (C2SP signed-note). */
export const KEY_TYPE = { ed25519: 1, cosignature: 4 } as const

const DASH = '\u2014'
const KEY_ID_BYTES = 4
const TIME_BYTES = 8
const SIGNATURE_BYTES = 64
/** More than a head with dozens of cosignatures needs. */
const NOTE_LENGTH_MAX = 16_384
/** Characters that no note may contain (C2SP signed-note): a carriage return is as bad as a bell. */
const CONTROL = /[^\P{Cc}\n]/u

/** The signed text of a tree head: C2SP tlog-checkpoint. @param root Standard base64. */
export const checkpointText = (origin: string, { size, root }: { size: number; root: string }): string =>
  `${origin}\n${size}\n${root}\n`

/** The bytes whose SHA-256 starts with the key's 4-byte id (C2SP signed-note). */
export const noteKeyBytes = (
  name: string,
  publicKey: Uint8Array,
  type: number = KEY_TYPE.ed25519,
): Uint8Array<ArrayBuffer> => new Uint8Array([...new TextEncoder().encode(`${name}\n`), type, ...publicKey])

/** One signature line of a note. */
export const signatureLine = ({ name, keyId, signature }: Omit<NoteSignature, 'line'>): string =>
  `${DASH} ${name} ${btoa(String.fromCharCode(...hexBytes(keyId), ...signature))}\n`

/** A text and its signature as a C2SP signed note. @param text Ends with a newline. */
export const signedNote = (text: string, signature: Omit<NoteSignature, 'line'>): string =>
  `${text}\n${signatureLine(signature)}`

/** The origin of a poll's tree, which is also the name of the key that signs its heads. */
export const originOf = (show: string, poll: string): string => `roar/${show}/${poll}`

export interface NoteSignature {
  /** The whole line, with its newline. */
  line: string
  name: string
  /** The first 4 bytes of its key's hash, in hexadecimal. */
  keyId: string
  signature: Uint8Array<ArrayBuffer>
}

/** A note's text and its signatures, unverified; undefined if it is no note. */
export function readNote(note: string): { text: string; signatures: NoteSignature[] } | undefined {
  const end = note.length > NOTE_LENGTH_MAX || CONTROL.test(note) ? -1 : note.lastIndexOf('\n\n')
  if (end === -1 || !note.endsWith('\n')) return undefined
  const signatures = note
    .slice(end + 2)
    .split(/(?<=\n)/)
    .map(readSignature)
  return signatures.every((signature) => signature !== undefined)
    ? { text: note.slice(0, end + 1), signatures }
    : undefined
}

export function readSignature(line: string): NoteSignature | undefined {
  const [dash, name, base64, ...rest] = line.replace(/\n$/, '').split(' ')
  const bytes = bytesOf(base64 ?? '')
  if (
    dash !== DASH ||
    !name ||
    /[\s+]/.test(name) ||
    rest.length > 0 ||
    bytes === undefined ||
    bytes.length <= KEY_ID_BYTES
  )
    return undefined
  return {
    line,
    name,
    keyId: hexOf(bytes.subarray(0, KEY_ID_BYTES)),
    signature: bytes.slice(KEY_ID_BYTES),
  }
}

/** Parses a checkpoint; undefined if the text is none. */
export function readCheckpoint(
  text: string,
): { origin: string; size: number; root: Uint8Array<ArrayBuffer> } | undefined {
  const [origin, digits = '', base64 = ''] = text.split('\n')
  const root = bytesOf(base64)
  const size = /^(0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : undefined
  return !origin || size === undefined || root?.length !== 32 ? undefined : { origin, size, root }
}

/** Parses a published key: `NAME+ID+KEY` (C2SP signed-note). Does not check the id; undefined if it is none. */
export function readNoteKey(
  text: string,
): { name: string; keyId: string; type: number; key: Uint8Array<ArrayBuffer> } | undefined {
  const [, name, keyId, base64] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  const bytes = bytesOf(base64 ?? '')
  if (!name || !keyId || bytes?.length !== 33) return undefined
  return { name, keyId, type: bytes[0]!, key: bytes.slice(1) }
}

/** Formats a key from its parts. */
export const noteKeyText = (
  name: string,
  { keyId, type, key }: { keyId: string; type: number; key: Uint8Array },
): string => `${name}+${keyId}+${btoa(String.fromCharCode(type, ...key))}`

/** The text that a witness signs: it has seen the note at this time, seconds since 1970 (C2SP tlog-cosignature). */
export const cosignedText = (text: string, timeS: number): string => `cosignature/v1\ntime ${timeS}\n${text}`

/** A witness's signature as in a note: preceded by the time, 8 bytes. */
export function cosignatureBytes(timeS: number, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TIME_BYTES + SIGNATURE_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timeS))
  bytes.set(signature, TIME_BYTES)
  return bytes
}

/** The time and the Ed25519 signature over `cosignedText`; undefined for another kind of signature. */
export function readCosignature({
  signature,
}: NoteSignature): { timeS: number; signature: Uint8Array<ArrayBuffer> } | undefined {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined
  const timeS = Number(new DataView(signature.buffer).getBigUint64(0))
  return { timeS, signature: signature.slice(TIME_BYTES) }
}

/**
 * Decodes standard base64, only in its canonical form, which `atob` does not enforce: padded, no spaces, last bits 0. undefined
 * for anything else.
 */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = atob(base64)
    return btoa(bytes) === base64 ? Uint8Array.from(bytes, (char) => char.charCodeAt(0)) : undefined
  } catch {
    return undefined
  }
}

export const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const hexBytes = (hex: string): number[] => (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))
