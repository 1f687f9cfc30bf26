import { createHmac } from 'node:crypto'

/** RFC 6238, with the values that every authenticator app assumes. */
const STEP_S = 30
const DIGITS = 6
/** Steps before and after the current one whose code is accepted: clocks differ, and people type slowly (section 5.2). */
const WINDOW = 1
/** RFC 4226 section 4, R6: 160 bits. */
export const TOTP_SECRET_BYTES = 20

/** The code of a step (RFC 4226 section 5.3). @param digits Default 6. */
export function totpCode(secret: Uint8Array, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const number = mac.readUInt32BE(mac[19]! & 15) & 0x7fff_ffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/**
 * The step near `now` that this code belongs to; undefined: none. @param after The step of the last accepted code: neither it nor
 * an older one is accepted again (RFC 6238 section 5.2).
 */
export function totpStep(
  secret: Uint8Array,
  code: string,
  { now, after }: { now: number; after: number },
): number | undefined {
  const current = Math.floor(now / 1000 / STEP_S)
  const near = Array.from({ length: 2 * WINDOW + 1 }, (_, i) => current - WINDOW + i)
  return near.find((step) => step > after && totpCode(secret, step) === code)
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 section 6, without padding: easy to type. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** What an authenticator scans (the Key URI format). */
export const totpUri = (
  secret: Uint8Array,
  { issuer, account }: { issuer: string; account: string },
): string =>
  `otpauth://totp/${encodeURIComponent(`${issuer}:${account}`)}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}`
