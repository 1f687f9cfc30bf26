import script from '../../examples/final.toml'
import type { Recording } from './recording.ts'
import { scriptOf } from './script.ts'

/** The default recording of a studio: the example. */
export const theFinal = (): Recording => scriptOf(script)
