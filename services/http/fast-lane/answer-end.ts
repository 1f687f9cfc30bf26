/** Our own server never writes a longer head. */
const HEAD_BYTES_MAX = 32 * 1024

/**
 * Finds the end of a response in a byte stream. It knows the two cases with a known length (RFC 9112 section 6.3):
 * Content-Length, and 204 and 304, which have no body. All others count as endless.
 */
export class AnswerEnd {
  #head = ''
  /** Remaining bytes of the body; undefined before the head is complete. */
  #left: number | undefined

  /** How many of these bytes belong to the response and whether it ends with them; `endless`: unknown. */
  take(chunk: Buffer): { bytes: number; ended: boolean } | 'endless' {
    let body = 0
    if (this.#left === undefined) {
      const before = this.#head.length
      this.#head += chunk.toString('latin1', 0, HEAD_BYTES_MAX)
      const end = this.#head.indexOf('\r\n\r\n')
      if (end === -1)
        return this.#head.length < HEAD_BYTES_MAX ? { bytes: chunk.length, ended: false } : 'endless'
      const length = bodyLength(this.#head.slice(0, end + 2))
      if (length === undefined) return 'endless'
      this.#left = length
      body = end + 4 - before
    }
    const part = Math.min(this.#left, chunk.length - body)
    this.#left -= part
    return { bytes: body + part, ended: this.#left === 0 }
  }
}

/** Undefined: the connection is upgraded, or closes with this response, or the length is unknown. */
function bodyLength(head: string): number | undefined {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0)
  if (status < 200 || /\r\n(?:transfer-encoding|connection|upgrade):/i.test(head)) return undefined
  if (status === 204 || status === 304) return 0
  const lengths = [...head.matchAll(/\r\ncontent-length: *(\d+) *(?=\r\n)/gi)]
  return lengths.length === 1 ? Number(lengths[0]![1]) : undefined
}
