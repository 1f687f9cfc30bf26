/** The 95 % interval of a share, in a sample of which `hits` of `tried` have it: by Wilson, which holds near 0 and 1 too. */
export function intervalOf(hits: number, tried: number): [low: number, high: number] {
  if (tried === 0) return [0, 1]
  const z = 1.959964
  const share = hits / tried
  const wide = 1 + z ** 2 / tried
  const middle = (share + z ** 2 / (2 * tried)) / wide
  const half = (z * Math.sqrt((share * (1 - share)) / tried + z ** 2 / (4 * tried ** 2))) / wide
  return [middle - half, middle + half]
}
