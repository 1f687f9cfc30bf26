/** What an overlay can show. */
export const PARTS = ['mood', 'poll', 'feed', 'swarm'] as const
export type OverlayPart = (typeof PARTS)[number]

/** An overlay's options, from the address. */
export interface OverlayOptions {
  parts: ReadonlySet<OverlayPart>
  /** The side of the plates; the swarm rises on the other one. */
  side: 'left' | 'right'
  /** Safe margin that a television may cut off, in percent of each side. */
  safe: number
  /** At 1 the smallest letters are about a thirtieth of the picture's height. */
  scale: number
  /** Whether the overlay may use the lower third. */
  lower: boolean
  /** The poll to show; undefined: the newest open one, then its result for a while. */
  poll: string | undefined
}

/** Reads `?parts=mood,poll&side=right&safe=5&scale=1&lower=on&poll=mvp`. Invalid values are ignored. */
export function overlayOptions(query: URLSearchParams): OverlayOptions {
  const parts = (query.get('parts') ?? '').split(',').filter(isPart)
  return {
    parts: new Set(parts.length > 0 ? parts : PARTS),
    side: query.get('side') === 'right' ? 'right' : 'left',
    safe: within(query.get('safe'), { least: 0, most: 20, otherwise: 5 }),
    scale: within(query.get('scale'), { least: 0.5, most: 3, otherwise: 1 }),
    lower: query.get('lower') === 'on',
    poll: query.get('poll') ?? undefined,
  }
}

const isPart = (name: string): name is OverlayPart => (PARTS as readonly string[]).includes(name)

function within(
  given: string | null,
  { least, most, otherwise }: { least: number; most: number; otherwise: number },
): number {
  const value = given === null || given.trim() === '' ? Number.NaN : Number(given)
  return value >= least && value <= most ? value : otherwise
}
