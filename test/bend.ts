/** Mulberry32: the same numbers for the same seed. */
export function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Turns bits, cuts, doubles, swaps and makes up, up to three times. */
export function bend(whole: Buffer, roll: (below: number) => number): Buffer {
  let bytes = whole
  for (let bends = roll(4); bends > 0 && bytes.length > 0; bends--) {
    const [at, end] = [roll(bytes.length), roll(bytes.length)]
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
    switch (roll(6)) {
      case 0:
        bytes = Buffer.from(bytes)
        bytes[at] = bytes[at]! ^ (1 << roll(8))
        break
      case 1:
        bytes = head
        break
      case 2:
        bytes = Buffer.concat([head, tail.subarray(1)])
        break
      case 3:
        bytes = Buffer.concat([head, Buffer.of(roll(256)), tail])
        break
      case 4:
        bytes = Buffer.concat([bytes, bytes.subarray(Math.min(at, end), Math.max(at, end))])
        break
      case 5:
        bytes = Buffer.concat([tail, head])
    }
  }
  return bytes
}
