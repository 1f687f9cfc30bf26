/** One sibling of a consistency proof, and what it is put together with. */
export interface ConsistencyStep {
  sibling: Uint8Array
  /** It stands on the left, of the older root and of the newer; else on the right of the newer alone. */
  left: boolean
}

/**
 * How a consistency proof leads from one node to both roots (RFC 9162 section 2.1.4.2), for sizes of which the older is less.
 * `start`: the node; undefined: it is the older root. undefined where no trees of these sizes have such a proof. Without a
 * hash, so that a synchronous one and WebCrypto's both do.
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
  // The shared subtree is in the path, or is the older tree whole. A path without it ends below the root, as any too short one does.
  const isWhole = at === 0
  const steps: ConsistencyStep[] = []
  for (const sibling of isWhole ? path : path.slice(1)) {
    if (last === 0) return undefined
    const left = at % 2 === 1 || at === last
    steps.push({ sibling, left })
    // A node without a sibling moves up as it is.
    if (left) for (; at % 2 === 0 && at > 0; at /= 2) last = Math.floor(last / 2)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? { start: isWhole ? undefined : path[0], steps } : undefined
}

/** Whether two hashes are one. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
