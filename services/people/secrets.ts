import { createHash, randomBytes } from 'node:crypto'

/** 256 bits: nobody guesses one, so its hash needs no salt and no slowness. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** What of a secret is kept. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
