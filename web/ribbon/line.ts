import type { Bar } from './moments.ts'

/** What the line is drawn with. */
export interface LineColours {
  /** By side, in their order from below. */
  sides: readonly (readonly [segment: string, colour: string])[]
  /** Of reactions of no side. */
  rest: string
  ground: string
}

/** Of a bar that is not in the scene that plays. */
const DIM = 0.35
/** Pixels of the baseline, which stands also in silence. */
const BASE_PX = 1

/** Where a bar's part begins and ends, as shares of the line's height from below. */
export interface Part {
  colour: string
  from: number
  to: number
}

/**
 * The parts of one bar, from below: its sides, then the rest. Its height grows with the square root of its share of the
 * loudest bar, as the swarm does.
 */
export function partsOf({ n, sides }: Bar, peak: number, { sides: order, rest }: LineColours): Part[] {
  if (n === 0) return []
  const height = Math.sqrt(n / peak)
  const parts: Part[] = []
  let below = 0
  for (const [segment, colour] of order) {
    const count = Math.min(n - below, (Object.hasOwn(sides, segment) && sides[segment]) || 0)
    if (count <= 0) continue
    parts.push({ colour, from: (below / n) * height, to: ((below + count) / n) * height })
    below += count
  }
  if (below < n) parts.push({ colour: rest, from: (below / n) * height, to: height })
  return parts
}

/** Draws the line, one bar a place, each `pitch` device pixels wide. @param scene Its bars are bright, the others dim. */
export function drawLine(
  canvas: HTMLCanvasElement,
  bars: readonly Bar[],
  {
    pitch,
    colours,
    scene,
  }: { pitch: number; colours: LineColours; scene?: { from: number; to: number } | undefined },
): void {
  const context = canvas.getContext('2d')!
  const { width, height } = canvas
  const gap = Math.max(1, Math.round(pitch / 4))
  const peak = Math.max(1, ...bars.map(({ n }) => n))
  context.clearRect(0, 0, width, height)
  context.globalAlpha = 1
  context.fillStyle = colours.ground
  context.fillRect(0, height - BASE_PX, width, BASE_PX)
  for (const [i, bar] of bars.entries()) {
    const left = width - (bars.length - i) * pitch
    context.globalAlpha = scene === undefined || (bar.at >= scene.from && bar.at < scene.to) ? 1 : DIM
    for (const { colour, from, to } of partsOf(bar, peak, colours)) {
      context.fillStyle = colour
      const top = Math.round((1 - to) * (height - BASE_PX))
      const bottom = Math.round((1 - from) * (height - BASE_PX))
      context.fillRect(left, Math.min(top, bottom - 1), pitch - gap, Math.max(1, bottom - top))
    }
  }
}
