import { RoarError } from '../../protocol/errors.ts'
import { BODY_BYTES_MAX } from '../../protocol/limits.ts'

/**
 * Reads JSON bodies, by default of at most `BODY_BYTES_MAX` bytes. A body that comes too slowly is cut with its connection by the
 * server's own timeout, so nothing waits here for long.
 */
export class BodyReader {
  #reading = 0

  /** @throws RoarError too_large before anything is parsed, bad_json */
  json(request: Request, bytesMax = BODY_BYTES_MAX): Promise<unknown> {
    return this.use(request, (body) => body, bytesMax)
  }

  /**
   * Reads the body and returns the result of `use`, in one promise: cheap enough for the hot path.
   * @throws RoarError too_large, bad_json, and what `use` throws
   */
  use<T>(request: Request, use: (body: unknown) => T, bytesMax = BODY_BYTES_MAX): Promise<T> {
    const length = request.headers.get('content-length')
    if (Number(length) > bytesMax) throw tooLarge(bytesMax)
    this.#reading++
    return (length === null ? boundedBytes(request, bytesMax) : request.bytes()).then(
      (bytes) => {
        this.#reading--
        return use(parseJson(decodeText(bytes)))
      },
      (cause) => {
        this.#reading--
        throw cause instanceof RoarError ? cause : notJson(cause)
      },
    )
  }

  /** Reads a body of any type, such as a picture. @throws RoarError too_large, before more than that has arrived */
  async bytes(request: Request, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
    if (Number(request.headers.get('content-length')) > bytesMax) throw tooLarge(bytesMax)
    this.#reading++
    try {
      return await boundedBytes(request, bytesMax)
    } finally {
      this.#reading--
    }
  }

  /** Resolves when every body being read has arrived or was cut. */
  async settled(): Promise<void> {
    while (this.#reading > 0) await new Promise<void>((resolve) => setTimeout(resolve, 5))
    // Code that waited for the last body runs in the same turn.
    await new Promise<void>((resolve) => setTimeout(resolve, 0))
  }
}

/** Reads up to the limit: nothing beyond it is taken from the socket. */
async function boundedBytes(
  { body }: Request | Response,
  bytesMax: number,
  tooMuch: (bytesMax: number) => Error = tooLarge,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length > bytesMax) throw tooMuch(bytesMax)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

/** Another server's response body. @throws Error if it is longer, before more than that has arrived */
export const boundedText = async (response: Response, bytesMax: number): Promise<string> =>
  new TextDecoder().decode(await boundedBytes(response, bytesMax, tooLong))

const tooLong = (bytesMax: number) => new Error(`the answer is longer than ${bytesMax} bytes`)

/** Decodes strictly: otherwise broken text would silently be stored with replacement characters. @throws RoarError bad_json */
export function decodeText(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch (cause) {
    throw new RoarError('bad_json', 'the body is not UTF-8', { cause })
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** @throws RoarError bad_json */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw notJson(cause)
  }
}

const notJson = (cause: unknown) => new RoarError('bad_json', 'the body is not JSON', { cause })

const tooLarge = (bytesMax: number) => new RoarError('too_large', `the body is larger than ${bytesMax} bytes`)
