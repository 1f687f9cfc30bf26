import { totpCode } from '../../engine/people/totp.ts'

const bits = (secret: string) =>
  [...secret]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')

/** A secret as it is shown (RFC 4648 section 6). */
export const bytesOf = (secret: string) =>
  Uint8Array.from(bits(secret).match(/.{8}/g)!, (eight) => Number.parseInt(eight, 2))

/** What an authenticator shows; `steps` ahead of now. */
export const codeOf = (secret: string, steps: number) =>
  totpCode(bytesOf(secret), Math.floor(Date.now() / 30_000) + steps)
