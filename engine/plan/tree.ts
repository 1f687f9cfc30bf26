/**
 * How many relays stand on each level between a root and its edges, the root's side first, where nobody has more than
 * `fanOut` children. Empty: the edges take from the root itself.
 */
export function relayLevels(edges: number, fanOut: number): number[] {
  const levels: number[] = []
  for (let below = edges; below > fanOut; ) {
    below = Math.ceil(below / fanOut)
    levels.unshift(below)
  }
  return levels
}
