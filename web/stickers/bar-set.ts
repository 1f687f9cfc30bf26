import type { ShowDocument, Sticker } from '../../sdk/src/index.ts'

/** The stickers of the bar: the producer's choice, and in the last place the viewer's own, if there is one. */
export function barOf({ stickers, bar }: Pick<ShowDocument, 'stickers' | 'bar'>, own?: string): Sticker[] {
  const byId = new Map(stickers.map((sticker) => [sticker.sticker, sticker]))
  const chosen = bar ?? [...byId.keys()].slice(0, PLACES)
  return [...new Set([...chosen, ...(own === undefined ? [] : [own])])].flatMap((id) => byId.get(id) ?? [])
}

/** For a show older than bars. */
const PLACES = 12
