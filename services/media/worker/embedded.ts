const EMBEDDED = /^data:image\/(?:png|jpe?g|webp|gif);base64,([A-Za-z0-9+/=\s]*)$/i

/** A picture embedded in another file, as a file; undefined for external ones, or those that contain others. */
export function embeddedIn(address: string): Uint8Array | undefined {
  const [, base64] = EMBEDDED.exec(address.trim()) ?? []
  return base64 === undefined ? undefined : new Uint8Array(Buffer.from(base64, 'base64'))
}
