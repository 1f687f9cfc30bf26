import { NAME_LENGTH_MAX, NAME_UNITS_MAX } from '../../protocol/limits.ts'
import { cleanText, graphemesIn } from './clean-text.ts'

/** A display name fit for everybody's screens, see `cleanText`. Empty if nothing visible is left. */
export const cleanName = (name: unknown): string =>
  typeof name === 'string' ? cleanText(name, { graphemesMax: NAME_LENGTH_MAX, unitsMax: NAME_UNITS_MAX }) : ''

/** Whether `cleanName` would shorten it: whoever sets a name for display should be told, not find half of it later. */
export function isLongName(name: string): boolean {
  const cleaned = cleanText(name, { graphemesMax: NAME_LENGTH_MAX + 1, unitsMax: 2 * NAME_UNITS_MAX })
  return graphemesIn(cleaned) > NAME_LENGTH_MAX || cleaned.length > NAME_UNITS_MAX
}
