/**
 * How many relays each level between a root and its edges has, from the root down, if no node has more than `fanOut` children.
 * Empty: the edges are direct children of the root.
 */
export function relayLevels(edges: number, fanOut: number): number[] {
  const levels: number[] = []
  for (let below = edges; below > fanOut; ) {
    below = Math.ceil(below / fanOut)
    levels.unshift(below)
  }
  return levels
}
