import { isMediaName } from '../../protocol/media.ts'

/**
 * Where pictures are kept, by names that `isMediaName` knows; each is written once and never changed. What cannot be reached
 * rejects with `media_unavailable`.
 */
export interface MediaStore {
  /** Keeps a picture: whole or not at all. One that is there stays. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Also of one that is not there. */
  delete(name: string): Promise<void>
}

/** The name, where it is a picture's. @throws RangeError where it is not: that is a mistake of ours */
export function checkedName(name: string): string {
  if (!isMediaName(name)) throw new RangeError(`${JSON.stringify(name)} is no picture's name`)
  return name
}
