import type { Highlight } from '../../../engine/highlights.ts'
import type { Segment, ShowDocument, Sticker } from '../../../sdk/src/index.ts'
import { colourOf, sidesOf } from '../../mood/sides.ts'
import { type Bar, barsFrom, type Step } from '../moments.ts'

/** As many as fit the picture. */
const MOMENTS_MAX = 3

/** The facts of a recap, in the order shown. */
export interface RecapFacts {
  title: string
  /** Reactions of everybody. */
  all: number
  /** Reactions of this viewer. */
  mine: number
  favourite: Sticker | undefined
  side: { title: string; colour: string } | undefined
  /** The loudest moments, in order of time. */
  moments: { at: number; lift: number; sticker: Sticker }[]
  /** The line of the show, oldest first. */
  bars: Bar[]
}

/**
 * @param options.taps This viewer's own taps, by sticker. @param options.side The segment this viewer stands with.
 * @param options.count How many bars the line has.
 */
export function factsOf(
  document: ShowDocument,
  { steps, highlights }: { steps: readonly Step[]; highlights: readonly Highlight[] },
  { taps, side, count }: { taps: ReadonlyMap<string, number>; side: string | undefined; count: number },
): RecapFacts {
  const stickers = new Map(document.stickers.map((sticker) => [sticker.sticker, sticker]))
  const [favourite] = [...taps].filter(([id]) => stickers.has(id)).toSorted(([, a], [, b]) => b - a)
  return {
    title: document.title,
    all: sum(steps.map(({ n }) => n)),
    mine: sum([...taps.values()]),
    favourite: favourite && stickers.get(favourite[0]),
    side: sideOf(document, side),
    moments: highlights
      .flatMap(({ at, lift, sticker }) => {
        const known = stickers.get(sticker)
        return known === undefined ? [] : [{ at, lift, sticker: known }]
      })
      .toSorted((a, b) => b.lift - a.lift)
      .slice(0, MOMENTS_MAX)
      .sort((a, b) => a.at - b.at),
    bars: lineOf(steps, count),
  }
}

function sideOf(document: ShowDocument, side: string | undefined): RecapFacts['side'] {
  const sides: Segment[] = sidesOf(document)
  const place = sides.findIndex(({ segment }) => segment === side)
  return place < 0 ? undefined : { title: sides[place]!.title, colour: colourOf(sides[place]!, place) }
}

/** From the first reaction to the last, divided into `count` bars. */
function lineOf(steps: readonly Step[], count: number): Bar[] {
  if (steps.length === 0) return []
  const first = steps[0]!.at
  return barsFrom(steps, { first, count, barMs: (steps.at(-1)!.at + 1 - first) / count })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
