/** Marks an Ed25519 key in a key id (C2SP signed-note). */
const ED25519 = 1

/** What is signed of a tree: C2SP tlog-checkpoint. @param root Standard base64. */
export const checkpointText = (origin: string, { size, root }: { size: number; root: string }): string =>
  `${origin}\n${size}\n${root}\n`

/** The bytes whose SHA-256 begins with a key's id, 4 bytes long (C2SP signed-note). */
export const noteKeyBytes = (name: string, publicKey: Uint8Array): Uint8Array =>
  new Uint8Array([...new TextEncoder().encode(`${name}\n`), ED25519, ...publicKey])

/** A text and its signature as a C2SP signed note. @param text Ends with a newline. */
export const signedNote = (
  text: string,
  { name, keyId, signature }: { name: string; keyId: Uint8Array; signature: Uint8Array },
): string => `${text}\n\u2014 ${name} ${new Uint8Array([...keyId, ...signature]).toBase64()}\n`

/** The origin of a poll's tree, and the name of the key that signs its heads. */
export const originOf = (show: string, poll: string): string => `roar/${show}/${poll}`
