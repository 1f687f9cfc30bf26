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
