import type { Sticker } from '../../../sdk/src/index.ts'
import type { Say } from '../../words/words.ts'

/** Stickers under one heading. */
export interface Section {
  title: string
  stickers: readonly Sticker[]
}

/** What the browser shows without a query: recent stickers, favourites, then every category in the show's order. */
export function sectionsOf(
  stickers: readonly Sticker[],
  { recent, favourites }: { recent: readonly string[]; favourites: readonly string[] },
  say: Say,
): Section[] {
  const byId = new Map(stickers.map((sticker) => [sticker.sticker, sticker]))
  const own = (title: string, ids: readonly string[]) => ({
    title,
    stickers: ids.flatMap((id) => byId.get(id) ?? []),
  })
  const categories = new Map<string, Sticker[]>()
  for (const sticker of stickers) {
    const { category = say('stickers') } = sticker
    const same = categories.get(category)
    if (same === undefined) categories.set(category, [sticker])
    else same.push(sticker)
  }
  return [
    own(say('stickersRecent'), recent),
    own(say('stickersFavourites'), favourites),
    ...[...categories].map(([title, stickers]) => ({ title, stickers })),
  ].filter(({ stickers }) => stickers.length > 0)
}

/** A row of stickers, and the index of its section. */
export interface Row {
  section: number
  stickers: readonly Sticker[]
  /** Its position among all rows, from 1, counting one row per heading (WAI-ARIA, `aria-rowindex`). */
  index: number
}

/** Lays out the sections in rows of this many stickers. */
export function rowsOf(sections: readonly Section[], columns: number): Row[] {
  let index = 0
  return sections.flatMap(({ stickers }, section) => {
    index++
    return Array.from({ length: Math.ceil(stickers.length / columns) }, (_, row) => ({
      section,
      stickers: stickers.slice(row * columns, (row + 1) * columns),
      index: ++index,
    }))
  })
}
