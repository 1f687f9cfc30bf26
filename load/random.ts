/** A random number from 0 up to 1. */
export type Random = () => number

/** The same sequence for the same seed on every machine: sfc32, 128 bits of state, 32 bits per number. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9 ^ (seed >>> 0)
  let b = 0x243f6a88 ^ Math.floor(seed / 2 ** 32)
  let c = 0xb7e15162
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }
  // The first numbers of neighbouring seeds are similar.
  for (let skipped = 0; skipped < 16; skipped++) next()
  return next
}
