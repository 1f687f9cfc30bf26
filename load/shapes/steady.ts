import type { Cast, Shape } from './shape.ts'

/** A constant rate. The first sticker is the most popular; the n-th has 1/n of its taps. */
export function steady({ stickers, segments }: Cast): Shape {
  const loved = stickers.map((sticker, index) => [sticker, 1 / (index + 1)] as const)
  const audience = ['', ...segments].map((segment) => [segment, 1] as const)
  return {
    intensityAt: () => 1,
    stickersAt: () => loved,
    segmentsAt: () => audience,
    storms: [],
  }
}
