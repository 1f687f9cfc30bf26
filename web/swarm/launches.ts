import type { TopEntry } from '../../sdk/src/index.ts'

/** How many of one sticker should rise. */
export interface Wanted {
  sprite: number
  draw: number
}

/** One sticker that rises `delayMs` from now. */
export interface Launch {
  sprite: number
  delayMs: number
}

/**
 * How many of a sticker to draw for others: the packet's `draw`, less the share of the viewer's own taps, which were drawn at
 * once.
 */
export function drawOfOthers([, count, draw]: TopEntry, own: number): number {
  return own === 0 ? draw : (draw * (count - own)) / count
}

/**
 * Launch times: spread evenly over the packet's window, so that packets follow each other without a beat.
 * @param options.ms The window. @param options.room Launches at most; above it every sticker is scaled down.
 * @param options.random 0 to 1: dithers fractions and positions.
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
