import { match } from './match.ts'
import type { Cast, Shape } from './shape.ts'
import { steady } from './steady.ts'
import { storm } from './storm.ts'

/** A scenario is one file beside this one. */
export const SHAPES = { steady, match, storm } satisfies Record<string, (cast: Cast) => Shape>

export type ShapeName = keyof typeof SHAPES
