import { base32 } from '../../engine/people/totp.ts'

/** 130 bits: five per letter. */
const LETTERS = 26
const BYTES = Math.ceil((LETTERS * 5) / 8)

/** An unguessable id: 130 random bits in base32 (RFC 4648), lower case. */
export const newSecretId = (): string =>
  base32(crypto.getRandomValues(new Uint8Array(BYTES)))
    .slice(0, LETTERS)
    .toLowerCase()
