import { RoarError } from '../../protocol/errors.ts'
import { BODY_BYTES_MAX } from '../../protocol/limits.ts'

/** No UTF-16 code unit takes more bytes in UTF-8 than this. */
const BYTES_PER_UNIT_MAX = 3

/**
 * Reads JSON bodies of at most `BODY_BYTES_MAX` bytes. A body that comes too slowly is cut with its connection by the
 * server's own timeout, so nothing waits here for long.
 */
export class BodyReader {
  #reading = 0

  /** @throws RoarError too_large before anything is parsed, bad_json */
  json(request: Request): Promise<unknown> {
    return this.use(request, (body) => body)
  }

  /**
   * Reads the body and answers with what `use` makes of it, in one promise: what the hot path can afford.
   * @throws RoarError too_large, bad_json, and what `use` throws
   */
  use<T>(request: Request, use: (body: unknown) => T): Promise<T> {
    this.#reading++
    return request.text().then(
      (text) => {
        this.#reading--
        return use(parseBody(text))
      },
      (cause) => {
        this.#reading--
        throw new RoarError('bad_json', 'the body did not arrive whole', { cause })
      },
    )
  }

  /** Resolves when every body that was being read has arrived or was cut. */
  async settled(): Promise<void> {
    while (this.#reading > 0) await new Promise<void>((resolve) => setTimeout(resolve, 5))
    // What waited for the last body goes on in the same turn.
    await new Promise<void>((resolve) => setTimeout(resolve, 0))
  }
}

function parseBody(text: string): unknown {
  const tooLarge =
    text.length > BODY_BYTES_MAX ||
    (text.length * BYTES_PER_UNIT_MAX > BODY_BYTES_MAX && Buffer.byteLength(text) > BODY_BYTES_MAX)
  if (tooLarge) throw new RoarError('too_large', `the body is larger than ${BODY_BYTES_MAX} bytes`)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RoarError('bad_json', 'the body is not JSON', { cause })
  }
}
