/** A sibling of a consistency proof, and the side it is on. */
export interface ConsistencyStep {
  sibling: Uint8Array
  /** On the left, for the older and the newer root; else on the right, for the newer one only. */
  left: boolean
}

/**
 * The steps of a consistency proof from one node to both roots (RFC 9162 section 2.1.4.2), if the older size is smaller. `start`:
 * that node; undefined: it is the older root. undefined if no trees of these sizes have such a proof. Does not hash, so that both
 * a synchronous SHA-256 and WebCrypto can use it.
 */
export function stepsOfConsistency(
  from: number,
  to: number,
  path: readonly Uint8Array[],
): { start: Uint8Array | undefined; steps: ConsistencyStep[] } | undefined {
  if (!(0 < from && from < to && Number.isSafeInteger(to))) return undefined
  let at = from - 1
  let last = to - 1
  for (; at % 2 === 1; at = Math.floor(at / 2)) last = Math.floor(last / 2)
  // The shared subtree is part of the proof, or is the whole older tree. A proof without it ends below the root, like any that is
  // too short.
  const isWhole = at === 0
  const steps: ConsistencyStep[] = []
  for (const sibling of isWhole ? path : path.slice(1)) {
    if (last === 0) return undefined
    const left = at % 2 === 1 || at === last
    steps.push({ sibling, left })
    // A node without a sibling moves up unchanged.
    if (left) for (; at % 2 === 0 && at > 0; at /= 2) last = Math.floor(last / 2)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? { start: isWhole ? undefined : path[0], steps } : undefined
}

/** Whether two hashes are equal. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
