import { NAME_LENGTH_MAX, NAME_UNITS_MAX } from '../../protocol/limits.ts'
import { cleanText, graphemesIn } from './clean-text.ts'

/** A display name fit to be shown to everybody, see `cleanText`. Empty when nothing is left that can be seen. */
export const cleanName = (name: unknown): string =>
  typeof name === 'string' ? cleanText(name, { graphemesMax: NAME_LENGTH_MAX, unitsMax: NAME_UNITS_MAX }) : ''

/** Whether `cleanName` would cut it: whoever gives a name that others go by is told so, and finds no half of it later. */
export function isLongName(name: string): boolean {
  const cleaned = cleanText(name, { graphemesMax: NAME_LENGTH_MAX + 1, unitsMax: 2 * NAME_UNITS_MAX })
  return graphemesIn(cleaned) > NAME_LENGTH_MAX || cleaned.length > NAME_UNITS_MAX
}
