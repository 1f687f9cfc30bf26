/** A longer head is none that our own server writes. */
const HEAD_BYTES_MAX = 32 * 1024

/**
 * Finds where the answer to one request ends, as its bytes come by. It knows the two forms that have an end in sight
 * (RFC 9112 section 6.3): a Content-Length, and 204 and 304, which have no body. Every other one is endless.
 */
export class AnswerEnd {
  #head = ''
  /** Bytes of the body that are still to come; undefined before the head is whole. */
  #left: number | undefined

  /** How many of these bytes belong to the answer and whether it ends with them; `endless`: nobody can tell. */
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

/** Undefined: the connection is no longer for requests, or ends with this answer, or the length is not told. */
function bodyLength(head: string): number | undefined {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0)
  if (status < 200 || /\r\n(?:transfer-encoding|connection|upgrade):/i.test(head)) return undefined
  if (status === 204 || status === 304) return 0
  const lengths = [...head.matchAll(/\r\ncontent-length: *(\d+) *(?=\r\n)/gi)]
  return lengths.length === 1 ? Number(lengths[0]![1]) : undefined
}
