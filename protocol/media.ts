/** The name of a picture's file: a part of its SHA-256, so that the file never changes, and its type. */
const MEDIA_NAME = /^[0-9a-f]{32}\.webp$/

export const isMediaName = (name: string): boolean => MEDIA_NAME.test(name)

/** The name of a picture with this hash. @param hash SHA-256 of its content. */
export const mediaNameFor = (hash: Uint8Array): string => `${hash.toHex().slice(0, 32)}.webp`

/** A picture's path on the server. */
export const mediaPath = (name: string): string => `/media/${name}`

/** The file of a picture at this address; undefined if the address is not this server's. */
export function mediaNameOf(address: string): string | undefined {
  const name = address.startsWith(mediaPath('')) ? address.slice(mediaPath('').length) : ''
  return isMediaName(name) ? name : undefined
}
