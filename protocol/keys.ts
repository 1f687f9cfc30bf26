/** When a key that signs receipts and certificates is good, milliseconds since 1970. */
export interface KeyLife {
  /** It signs what is received from this time on. */
  from: number
  /** A newer key signs what was received from here on; absent while it is the newest. */
  to?: number
  /** Anything received from this time on and signed by this key is not valid, whoever signed it. */
  revoked?: number
}

/** Ballots that are written together are signed once, by the key of the first of them: seconds lie between them at most. */
const TOGETHER_MS = 10_000

/** Whether a key may have signed what was received, or sealed, at `atMs`. */
export const signsAt = ({ from, to = Infinity, revoked = Infinity }: KeyLife, atMs: number): boolean =>
  atMs >= from - TOGETHER_MS && atMs < Math.min(to + TOGETHER_MS, revoked)
