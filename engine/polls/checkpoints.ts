import {
  cosignedText,
  hexOf,
  KEY_TYPE,
  type NoteSignature,
  noteKeyBytes,
  noteKeyText,
  readCheckpoint,
  readCosignature,
  readNote,
  readNoteKey,
} from '../../protocol/checkpoints.ts'
import type { Sha256, TreeHead } from './merkle.ts'

/** Whether an Ed25519 key, 32 bytes, signed a text. */
export type VerifyBytes = (key: Uint8Array, text: string, signature: Uint8Array) => boolean

/** A witness that is asked to cosign heads, by the key that it publishes. */
export interface WitnessKey {
  name: string
  keyId: string
  key: Uint8Array
}

export const keyIdOf = (
  sha256: Sha256,
  name: string,
  key: Uint8Array,
  type: number = KEY_TYPE.ed25519,
): string => hexOf(sha256(noteKeyBytes(name, key, type)).subarray(0, 4))

/** Parses a witness's key; undefined where it is invalid, or its id does not match the key. */
export function witnessKeyOf(sha256: Sha256, text: string): WitnessKey | undefined {
  const key = readNoteKey(text)
  if (key?.type !== KEY_TYPE.cosignature) return undefined
  return keyIdOf(sha256, key.name, key.key, key.type) === key.keyId ? key : undefined
}

export const witnessKeyText = (sha256: Sha256, name: string, key: Uint8Array): string =>
  noteKeyText(name, {
    type: KEY_TYPE.cosignature,
    key,
    keyId: keyIdOf(sha256, name, key, KEY_TYPE.cosignature),
  })

/** Whether a line is this witness's cosignature of a note's text. */
export function isCosignature(
  line: NoteSignature,
  { text, witness, verify }: { text: string; witness: WitnessKey; verify: VerifyBytes },
): boolean {
  if (line.name !== witness.name || line.keyId !== witness.keyId) return false
  const cosignature = readCosignature(line)
  return (
    cosignature !== undefined &&
    verify(witness.key, cosignedText(text, cosignature.timeS), cosignature.signature)
  )
}

/** Why a head of the right form is invalid. */
export const UNSIGNED = 'no key in use signed it'

/**
 * The tree of a head that one of the keys signed for this origin; else why the head is invalid.
 * @param options.keys Ed25519 keys, 32 bytes each.
 */
export function checkedHead(
  note: string,
  {
    origin,
    keys,
    sha256,
    verify,
  }: { origin: string; keys: readonly Uint8Array[]; sha256: Sha256; verify: VerifyBytes },
): (TreeHead & { text: string; signatures: NoteSignature[] }) | string {
  const read = readNote(note)
  const head = read && readCheckpoint(read.text)
  if (read === undefined || head === undefined) return 'it is not a checkpoint'
  if (head.origin !== origin) return `its origin is ${head.origin}`
  const isSigned = keys.some((key) => {
    const keyId = keyIdOf(sha256, origin, key)
    return read.signatures.some(
      (line) => line.name === origin && line.keyId === keyId && verify(key, read.text, line.signature),
    )
  })
  return isSigned ? { size: head.size, root: head.root, ...read } : UNSIGNED
}
