import { BAR_MAX } from '../../../protocol/limits.ts'
import type { StudioShow } from '../api/queries.ts'

/** The bar as viewers have it: where nobody chose one, the first stickers. */
export const barOf = ({ bar, stickers }: Pick<StudioShow, 'bar' | 'stickers'>): readonly string[] =>
  bar ?? stickers.slice(0, BAR_MAX).map(({ sticker }) => sticker)
