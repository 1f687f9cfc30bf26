import { NAME_LENGTH_MAX, NAME_UNITS_MAX } from '../../protocol/limits.ts'
import { cleanText } from './clean-text.ts'

/** A display name fit to be shown to everybody, see `cleanText`. Empty when nothing is left that can be seen. */
export const cleanName = (name: unknown): string =>
  typeof name === 'string' ? cleanText(name, { graphemesMax: NAME_LENGTH_MAX, unitsMax: NAME_UNITS_MAX }) : ''
