import type { MoodPacket } from '../../sdk/src/index.ts'

/** One sticker that is to rise, `delayMs` from now. */
export interface Launch {
  sticker: string
  delayMs: number
}

/**
 * What the swarm makes of a mood packet: each sticker's `draw`, less the viewer's own share, spread evenly over the
 * packet's window so that packets follow each other without a beat.
 * @param options.takeOwn How many of a sticker's count are the viewer's own and were drawn at the tap.
 * @param options.room How many may rise at the most; over it every sticker gives up its share.
 * @param options.random 0 to 1: dithers fractions and places.
 */
export function launchesOf(
  { ms, top }: MoodPacket,
  {
    takeOwn,
    room,
    random,
  }: { takeOwn: (sticker: string, count: number) => number; room: number; random: () => number },
): Launch[] {
  const wanted = top.map(([sticker, count, draw]) => {
    const others = count - takeOwn(sticker, count)
    return { sticker, draw: others === count ? draw : (draw * others) / count }
  })
  const sum = wanted.reduce((total, { draw }) => total + draw, 0)
  const share = sum > room ? room / sum : 1
  const launches: Launch[] = []
  for (const { sticker, draw } of wanted) {
    const whole = Math.floor(draw * share + random())
    for (let i = 0; i < whole && launches.length < room; i++) {
      launches.push({ sticker, delayMs: ((i + random()) / whole) * ms })
    }
  }
  return launches
}
