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

/** A key set is a server's answer: to one program the text "5" and ten seconds are "510000", and another cannot add them. */
export const hasTimes = ({ from, to = 0, revoked = 0 }: KeyLife): boolean =>
  [from, to, revoked].every(Number.isSafeInteger)

/** Whether a key may have signed something received, or sealed, at `atMs`. */
export const signsAt = (key: KeyLife, atMs: number): boolean => {
  const { from, to = Infinity, revoked = Infinity } = key
  return hasTimes(key) && atMs >= from - TOGETHER_MS && atMs < Math.min(to + TOGETHER_MS, revoked)
}

/**
 * How long after its key's end a head may still be shown: another process reads of the end within 5 s and signs its heads anew
 * within 2 s, a cache keeps them 2 s, an answer takes at most 10 s, and the rest is what clocks may differ.
 */
const SHOWN_MS = 30_000

/**
 * Whether a key may have signed a head that is shown as the newest now. A head says no time of its own, and servers sign what they
 * show anew when another key signs: so one by a key of the past is from whoever has kept that key.
 * @param nowMs Of a clock that is right. Default: none is known, as in a browser; then a key that has an end signs no more heads.
 */
export const signsHeads = (key: KeyLife, nowMs = Number.MAX_VALUE): boolean => {
  const { to = Infinity, revoked = Infinity } = key
  return hasTimes(key) && nowMs < Math.min(to, revoked) + SHOWN_MS
}
