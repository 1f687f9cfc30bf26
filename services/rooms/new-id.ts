const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const BYTES = 26

/** An id that nobody guesses: 130 random bits in base32 (RFC 4648), lower case. */
export const newSecretId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(BYTES)), (byte) => ALPHABET[byte % 32]).join('')
