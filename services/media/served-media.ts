import type { Clock } from '../../adapters/clock/clock.ts'
import type { MediaStore } from '../../adapters/media/media.ts'
import { RoarError } from '../../protocol/errors.ts'
import { mediaNameFor } from '../../protocol/media.ts'
import { sha256 } from '../sha256.ts'

/**
 * How long a picture is served without checking its store: a crowd causes one check a second, and a deleted picture is gone
 * within two.
 */
const KEPT_MS = 1_000
/** Pictures cached like this; beyond it the oldest is dropped. */
const KEPT_MAX = 256

type Bytes = Uint8Array<ArrayBuffer>

/** Pictures for a crowd: concurrent requests for one share a single read. */
export function servedMedia({ media, clock }: { media: MediaStore; clock: Clock }): {
  get(name: string): Promise<Bytes | undefined>
} {
  const kept = new Map<string, { bytes: Promise<Bytes | undefined>; untilMs: number }>()
  return {
    get(name) {
      const now = clock.now()
      const known = kept.get(name)
      // If the clock was set back, a picture must not be kept longer.
      if (known !== undefined && now < known.untilMs && now >= known.untilMs - KEPT_MS) return known.bytes
      const bytes = media.get(name).then((found) => checked(name, found))
      kept.delete(name)
      kept.set(name, { bytes, untilMs: now + KEPT_MS })
      if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!)
      bytes.catch(() => {
        // A slow store may fail after it was asked again.
        if (kept.get(name)?.bytes === bytes) kept.delete(name)
      })
      return bytes
    },
  }
}

/**
 * The picture that belongs to its name. Browsers and proxies keep it for a year, so half a file, or the page of whoever answers in
 * place of a bucket, must not be served as it.
 */
function checked(name: string, found: Bytes | undefined): Bytes | undefined {
  if (found === undefined || mediaNameFor(sha256(found)) === name) return found
  throw new RoarError('media_unavailable', 'the storage of pictures has something else under this name')
}
