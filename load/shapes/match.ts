import { crowdAt, MATCH_MS } from '../../engine/match.ts'
import type { Cast, Shape } from './shape.ts'

/** The whole scripted final, compressed into the run: quiet, wickets, sixes, the last over. */
export function match({ stickers, segments }: Cast): Shape {
  const has = new Set(stickers)
  const [home, away] = segments
  return {
    intensityAt: (place) => crowdAt(place * MATCH_MS).loudness,
    stickersAt(place) {
      const known = crowdAt(place * MATCH_MS).stickers.filter(([sticker]) => has.has(sticker))
      return known.length > 0 ? known : stickers.map((sticker) => [sticker, 1] as const)
    },
    segmentsAt(place) {
      if (home === undefined || away === undefined) return [['', 1]]
      const share = crowdAt(place * MATCH_MS).home
      return [
        [home, share],
        [away, 1 - share],
      ]
    },
    storms: [],
  }
}
