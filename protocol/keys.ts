/** When a key that signs receipts and certificates is valid, milliseconds since 1970. */
export interface KeyLife {
  /** It signs what was received from this time on. */
  from: number
  /** A newer key signs what was received from here on; absent while it is the newest. */
  to?: number
  /** Any signature by this key over something received from this time on is invalid, whoever made it. */
  revoked?: number
}

/** A batch of ballots is signed once, by the key of its newest ballot: the others are at most some seconds older. */
const TOGETHER_MS = 10_000

/** Whether a key may have signed something received, or sealed, at `atMs`. */
export const signsAt = ({ from, to = Infinity, revoked = Infinity }: KeyLife, atMs: number): boolean =>
  atMs >= from - TOGETHER_MS && atMs < Math.min(to + TOGETHER_MS, revoked)
