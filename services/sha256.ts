import type { Sha256 } from '../engine/polls/merkle.ts'

/** The platform's SHA-256. */
export const sha256: Sha256 = (data, into = new Uint8Array(32)) => Bun.SHA256.hash(data, into) as Uint8Array
