import type { TopEntry } from '../../sdk/src/index.ts'

/** How many of one sticker are to rise. */
export interface Wanted {
  sprite: number
  draw: number
}

/** One sticker that is to rise, `delayMs` from now. */
export interface Launch {
  sprite: number
  delayMs: number
}

/** How many of a packet's sticker the others want to see: its `draw`, less the viewer's own share, which was drawn at the tap. */
export function drawOfOthers([, count, draw]: TopEntry, own: number): number {
  return own === 0 ? draw : (draw * (count - own)) / count
}

/**
 * When what is wanted rises: spread evenly over the packet's window, so that packets follow each other without a beat.
 * @param options.ms The window. @param options.room How many may rise at the most; over it every sticker gives up its share.
 * @param options.random 0 to 1: dithers fractions and places.
 */
export function launchesOf(
  wanted: readonly Wanted[],
  { ms, room, random }: { ms: number; room: number; random: () => number },
): Launch[] {
  const sum = wanted.reduce((total, { draw }) => total + draw, 0)
  const share = sum > room ? room / sum : 1
  const launches: Launch[] = []
  for (const { sprite, draw } of wanted) {
    const whole = Math.floor(draw * share + random())
    for (let i = 0; i < whole && launches.length < room; i++) {
      launches.push({ sprite, delayMs: ((i + random()) / whole) * ms })
    }
  }
  return launches
}
