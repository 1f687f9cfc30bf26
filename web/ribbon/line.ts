import { ownOf } from '../../protocol/ids.ts'
import type { Bar } from './moments.ts'

/** What the line is drawn with. */
export interface LineColours {
  /** By side, in order from the bottom. */
  sides: readonly (readonly [segment: string, colour: string])[]
  /** For reactions of no side. */
  rest: string
  ground: string
}

/** Opacity of bars outside the scene that plays. */
const DIM = 0.35
/** Pixels of the baseline, which is drawn during silence too. */
const BASE_PX = 1

/** Start and end of a bar's part, as shares of the line's height from below. */
export interface Part {
  colour: string
  from: number
  to: number
}

/**
 * The parts of one bar, from below: its sides, then the rest. Its height is the square root of its share of the loudest bar, as
 * in the swarm.
 */
export function partsOf({ n, sides }: Bar, peak: number, { sides: order, rest }: LineColours): Part[] {
  if (n === 0) return []
  const height = Math.sqrt(n / peak)
  const parts: Part[] = []
  let below = 0
  for (const [segment, colour] of order) {
    const count = Math.min(n - below, ownOf(sides, segment) ?? 0)
    if (count <= 0) continue
    parts.push({ colour, from: (below / n) * height, to: ((below + count) / n) * height })
    below += count
  }
  if (below < n) parts.push({ colour: rest, from: (below / n) * height, to: height })
  return parts
}

export interface LineShape {
  /** Distance between bars, device pixels. */
  pitch: number
  height: number
  colours: LineColours
  /** Bars in the scene are bright, the others dim. Default: all bright. */
  scene?: { from: number; to: number } | undefined
}

/** Draws bars from the left; the loudest is as high as the line. */
export function drawBars(
  context: CanvasRenderingContext2D,
  bars: readonly Bar[],
  { pitch, height, colours, scene }: LineShape,
): void {
  const gap = Math.max(1, Math.round(pitch / 4))
  const peak = Math.max(1, ...bars.map(({ n }) => n))
  const high = height - BASE_PX
  context.globalAlpha = 1
  context.fillStyle = colours.ground
  context.fillRect(0, high, bars.length * pitch, BASE_PX)
  for (const [i, bar] of bars.entries()) {
    context.globalAlpha = scene === undefined || (bar.at >= scene.from && bar.at < scene.to) ? 1 : DIM
    for (const { colour, from, to } of partsOf(bar, peak, colours)) {
      context.fillStyle = colour
      const top = Math.round((1 - to) * high)
      const bottom = Math.round((1 - from) * high)
      context.fillRect(i * pitch, Math.min(top, bottom - 1), pitch - gap, Math.max(1, bottom - top))
    }
  }
  context.globalAlpha = 1
}

/** Draws the line on its own canvas, the newest bar at the end. */
export function drawLine(
  canvas: HTMLCanvasElement,
  bars: readonly Bar[],
  shape: Omit<LineShape, 'height'>,
): void {
  const context = canvas.getContext('2d')!
  const { width, height } = canvas
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.clearRect(0, 0, width, height)
  context.translate(width - bars.length * shape.pitch, 0)
  drawBars(context, bars, { ...shape, height })
}
