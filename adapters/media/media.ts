import { isMediaName } from '../../protocol/media.ts'

/**
 * Stores pictures under names that `isMediaName` accepts; each is written once and never changed. Rejects with
 * `media_unavailable` when unreachable.
 */
export interface MediaStore {
  /** Stores a picture, whole or not at all. An existing one stays. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Succeeds also if it does not exist. */
  delete(name: string): Promise<void>
}

/** Checks a picture's name. @throws RangeError for an invalid one: a programming error */
export function checkedName(name: string): string {
  if (!isMediaName(name)) throw new RangeError(`${JSON.stringify(name)} is no picture's name`)
  return name
}
