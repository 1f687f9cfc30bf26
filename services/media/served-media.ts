import type { Clock } from '../../adapters/clock/clock.ts'
import type { MediaStore } from '../../adapters/media/media.ts'

/** So long a picture is served without a look at its place: a crowd asks that once a second, and one that is taken down is gone in two. */
const KEPT_MS = 1_000
/** Pictures that are kept so; the oldest makes room. */
const KEPT_MAX = 256

type Bytes = Uint8Array<ArrayBuffer>

/** Pictures for a crowd: many who ask for one at once are one who reads it. */
export function servedMedia({ media, clock }: { media: MediaStore; clock: Clock }): {
  get(name: string): Promise<Bytes | undefined>
} {
  const kept = new Map<string, { bytes: Promise<Bytes | undefined>; untilMs: number }>()
  return {
    get(name) {
      const now = clock.now()
      const known = kept.get(name)
      // A clock that was set back must not keep one for longer.
      if (known !== undefined && now < known.untilMs && now >= known.untilMs - KEPT_MS) return known.bytes
      const bytes = media.get(name)
      kept.delete(name)
      kept.set(name, { bytes, untilMs: now + KEPT_MS })
      if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value!)
      bytes.catch(() => kept.delete(name))
      return bytes
    },
  }
}
