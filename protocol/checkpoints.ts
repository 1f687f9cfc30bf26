/*
 * Heads of a poll's tree in the forms that other programs know: C2SP signed-note, tlog-checkpoint, tlog-cosignature. Nothing
 * here hashes or checks a signature: servers and browsers do that each in their way.
 */

/** Of what kind a note's key is (C2SP signed-note). */
export const KEY_TYPE = { ed25519: 1, cosignature: 4 } as const

const DASH = '\u2014'
const KEY_ID_BYTES = 4
const TIME_BYTES = 8
const SIGNATURE_BYTES = 64
/** More than the heads of a log with dozens of witnesses have. */
const NOTE_LENGTH_MAX = 16_384
/** What no note has in it (C2SP signed-note): a carriage return is as bad as a bell. */
const CONTROL = /[^\P{Cc}\n]/u

/** What is signed of a tree: C2SP tlog-checkpoint. @param root Standard base64. */
export const checkpointText = (origin: string, { size, root }: { size: number; root: string }): string =>
  `${origin}\n${size}\n${root}\n`

/** The bytes whose SHA-256 begins with a key's id, 4 bytes long (C2SP signed-note). */
export const noteKeyBytes = (
  name: string,
  publicKey: Uint8Array,
  type: number = KEY_TYPE.ed25519,
): Uint8Array<ArrayBuffer> => new Uint8Array([...new TextEncoder().encode(`${name}\n`), type, ...publicKey])

/** One line of a note's signatures. */
export const signatureLine = ({ name, keyId, signature }: Omit<NoteSignature, 'line'>): string =>
  `${DASH} ${name} ${btoa(String.fromCharCode(...hexBytes(keyId), ...signature))}\n`

/** A text and its signature as a C2SP signed note. @param text Ends with a newline. */
export const signedNote = (text: string, signature: Omit<NoteSignature, 'line'>): string =>
  `${text}\n${signatureLine(signature)}`

/** The origin of a poll's tree, and the name of the key that signs its heads. */
export const originOf = (show: string, poll: string): string => `roar/${show}/${poll}`

export interface NoteSignature {
  /** The line whole, with its newline. */
  line: string
  name: string
  /** The first 4 bytes of its key's hash, in hexadecimal. */
  keyId: string
  signature: Uint8Array<ArrayBuffer>
}

/** A note's text and its signatures, of which none is checked; undefined where it is no note. */
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

/** What a checkpoint says; undefined where the text is none. */
export function readCheckpoint(
  text: string,
): { origin: string; size: number; root: Uint8Array<ArrayBuffer> } | undefined {
  const [origin, digits = '', base64 = ''] = text.split('\n')
  const root = bytesOf(base64)
  const size = /^(0|[1-9]\d{0,14})$/.test(digits) ? Number(digits) : undefined
  return !origin || size === undefined || root?.length !== 32 ? undefined : { origin, size, root }
}

/** A key as its owner publishes it: `NAME+ID+KEY` (C2SP signed-note). The id is not checked; undefined where it is none. */
export function readNoteKey(
  text: string,
): { name: string; keyId: string; type: number; key: Uint8Array<ArrayBuffer> } | undefined {
  const [, name, keyId, base64] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  const bytes = bytesOf(base64 ?? '')
  if (!name || !keyId || bytes?.length !== 33) return undefined
  return { name, keyId, type: bytes[0]!, key: bytes.slice(1) }
}

/** A key's text from its parts. */
export const noteKeyText = (
  name: string,
  { keyId, type, key }: { keyId: string; type: number; key: Uint8Array },
): string => `${name}+${keyId}+${btoa(String.fromCharCode(type, ...key))}`

/** What a witness signs: that it has seen the text at this time, seconds since 1970 (C2SP tlog-cosignature). */
export const cosignedText = (text: string, timeS: number): string => `cosignature/v1\ntime ${timeS}\n${text}`

/** A witness's signature as a note has it: the time before it, 8 bytes. */
export function cosignatureBytes(timeS: number, signature: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TIME_BYTES + SIGNATURE_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timeS))
  bytes.set(signature, TIME_BYTES)
  return bytes
}

/** Its time and the Ed25519 signature over `cosignedText`; undefined where it is of another kind. */
export function readCosignature({
  signature,
}: NoteSignature): { timeS: number; signature: Uint8Array<ArrayBuffer> } | undefined {
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined
  const timeS = Number(new DataView(signature.buffer).getBigUint64(0))
  return { timeS, signature: signature.slice(TIME_BYTES) }
}

/** undefined: it is not standard base64 in its one spelling, which `atob` does not ask for: padded, without spaces, the last bits 0. */
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
