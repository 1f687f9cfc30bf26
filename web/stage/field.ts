/**
 * The ground as the main camera sees it, high behind the bowler's arm. Metres in, shares of the picture's height out.
 *
 * ```
 *   y  away from the camera: 0 at the batter, -20 at the bowler's stumps
 *   x  to the right, the leg side of a right-hander
 *   z  up
 * ```
 */
export interface Point {
  x: number
  y: number
  z: number
}

/** Projection of a point: `x` from the middle and `y` from the top, in picture heights; `scale` heights per metre. */
export interface Projected {
  x: number
  y: number
  scale: number
}

export const PITCH_M = 20
export const ROPE_M = 66
/** Players are drawn larger than life, or a phone would show dots. */
export const FIGURE_SCALE = 2.5

const HORIZON = 0.235
const CAMERA_BACK_M = 62
const CAMERA_UP_M = 15
const FOCAL = 1.5
/** Closer than this the ball is past the camera. */
const NEAR_M = 4

export function project({ x, y, z }: Point, out: Projected): Projected {
  const depth = Math.max(NEAR_M, y + CAMERA_BACK_M)
  out.scale = FOCAL / depth
  out.x = x * out.scale
  out.y = HORIZON + (CAMERA_UP_M - z) * out.scale
  return out
}

/** A point on the circle around the middle of the pitch; 0 degrees is straight behind the batter, clockwise from above. */
export function onCircle(radiusM: number, degrees: number, z = 0): Point {
  const angle = (degrees * Math.PI) / 180
  return { x: radiusM * Math.sin(angle), y: -PITCH_M / 2 + radiusM * Math.cos(angle), z }
}
