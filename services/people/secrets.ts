import { createHash, randomBytes } from 'node:crypto'

/** 256 bits cannot be guessed, so the hash needs no salt and need not be slow. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** The stored form of a secret. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
