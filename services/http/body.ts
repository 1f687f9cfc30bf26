import { RoarError } from '../../protocol/errors.ts'
import { BODY_BYTES_MAX } from '../../protocol/limits.ts'

interface Pending {
  dueMs: number
  reject: (cause: RoarError) => void
}

/** How often bodies that are late are looked for: their deadline is kept to this precision. */
const SWEEP_MS = 1000

/**
 * Reads JSON bodies of at most `BODY_BYTES_MAX` bytes, each within a deadline, so that a peer who sends a byte now and
 * then holds nothing for long. One sweep a second serves all of them: a timer for each request would cost more than
 * the request.
 */
export class BodyReader {
  readonly #timeoutMs: number
  readonly #pending = new Set<Pending>()
  readonly #sweep: ReturnType<typeof setInterval>

  /** @param options.timeoutMs From the request's head to the end of its body. Default 10 s. */
  constructor({ timeoutMs = 10_000 } = {}) {
    this.#timeoutMs = timeoutMs
    this.#sweep = setInterval(() => this.#rejectLate(), SWEEP_MS)
    this.#sweep.unref()
  }

  /** @throws RoarError too_large before anything is parsed, bad_json, body_timeout */
  json(request: Request): Promise<unknown> {
    const length = request.headers.get('content-length')
    if (length === null) return this.#within(boundedJson(request))
    if (Number(length) > BODY_BYTES_MAX) throw tooLarge()
    return this.#within(request.json())
  }

  #within(body: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const pending = { dueMs: Date.now() + this.#timeoutMs, reject }
      this.#pending.add(pending)
      body.then(
        (value) => {
          this.#pending.delete(pending)
          resolve(value)
        },
        (cause) => {
          this.#pending.delete(pending)
          reject(cause instanceof RoarError ? cause : notJson(cause))
        },
      )
    })
  }

  #rejectLate(): void {
    const now = Date.now()
    for (const pending of this.#pending) {
      // Insertion order is the order of deadlines.
      if (pending.dueMs > now) return
      this.#pending.delete(pending)
      pending.reject(new RoarError('body_timeout', `the body did not arrive within ${this.#timeoutMs} ms`))
    }
  }

  /** Resolves when every body that was being read has arrived or was given up. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await new Promise<void>((resolve) => setTimeout(resolve, 5))
    // What waited for the last body goes on in the same turn.
    await new Promise<void>((resolve) => setTimeout(resolve, 0))
    clearInterval(this.#sweep)
  }
}

/** A body that does not say its length (chunked) is read up to the limit and no further. */
async function boundedJson(request: Request): Promise<unknown> {
  if (request.body === null) throw new RoarError('bad_json', 'the body is empty')
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body) {
    bytes += chunk.byteLength
    if (bytes > BODY_BYTES_MAX) throw tooLarge()
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

const tooLarge = () => new RoarError('too_large', `the body is larger than ${BODY_BYTES_MAX} bytes`)
const notJson = (cause: unknown) => new RoarError('bad_json', 'the body is not JSON', { cause })
