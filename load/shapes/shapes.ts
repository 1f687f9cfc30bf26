import { match } from './match.ts'
import type { Cast, Shape } from './shape.ts'
import { steady } from './steady.ts'
import { storm } from './storm.ts'

/** Each scenario is one file in this folder. */
export const SHAPES = { steady, match, storm } satisfies Record<string, (cast: Cast) => Shape>

export type ShapeName = keyof typeof SHAPES
