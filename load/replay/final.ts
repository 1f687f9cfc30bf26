import script from '../../examples/final.toml'
import type { Recording } from './recording.ts'
import { scriptOf } from './script.ts'

/** What a studio plays where nobody says what: the example. */
export const theFinal = (): Recording => scriptOf(script)
