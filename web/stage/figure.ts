/** A player's posture. */
export interface Posture {
  shirt: string
  legs: string
  /** 0 upright, 1 crouching. */
  crouch?: number
  /** Position in the stride, radians; absent: feet together. */
  stride?: number
  /** The arm over the head, 0 down to 1 through: a bowler's. */
  arm?: number
  /** The bat's swing, 0 held up to 1 through: a batter's. */
  swing?: number
}

/**
 * Draws a player who stands on (x, y).
 * @param metre Pixels per metre of the figure, who is 1.8 m tall.
 */
export function drawFigure(
  context: OffscreenCanvasRenderingContext2D,
  x: number,
  y: number,
  metre: number,
  { shirt, legs, crouch = 0, stride, arm, swing }: Posture,
): void {
  const hip = y - metre * (0.85 - 0.35 * crouch)
  const shoulder = hip - metre * (0.62 - 0.12 * crouch)
  const step = stride === undefined ? 0.13 : Math.sin(stride) * 0.42
  drawShadows(context, x, y, metre)
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.strokeStyle = legs
  context.lineWidth = metre * 0.2
  line(context, x, hip, x - metre * step, y)
  line(
    context,
    x,
    hip,
    x + metre * step,
    y - (stride === undefined ? 0 : Math.abs(Math.cos(stride)) * metre * 0.14),
  )
  context.strokeStyle = shirt
  context.lineWidth = metre * 0.4
  line(context, x, hip - metre * 0.06, x, shoulder + metre * 0.12)
  context.lineWidth = metre * 0.14
  if (arm !== undefined) {
    const angle = -Math.PI * 0.9 + arm * Math.PI * 1.5
    line(context, x, shoulder, x + Math.sin(angle) * metre * 0.62, shoulder - Math.cos(angle) * metre * 0.62)
    line(context, x, shoulder, x - metre * 0.32, shoulder + metre * 0.3)
  } else if (swing === undefined) {
    line(context, x, shoulder + metre * 0.05, x - metre * 0.28, hip)
    line(context, x, shoulder + metre * 0.05, x + metre * 0.28, hip)
  }
  if (swing !== undefined) drawBat(context, x, shoulder, metre, swing)
  context.fillStyle = swing === undefined ? '#8a5a3c' : shirt
  disc(context, x, shoulder - metre * 0.2, metre * 0.17)
  context.fillStyle = 'rgb(255 250 230 / .5)'
  disc(context, x - metre * 0.05, shoulder - metre * 0.26, metre * 0.06)
}

/** The bat goes from over the shoulder down past the toes and up in front. */
function drawBat(
  context: OffscreenCanvasRenderingContext2D,
  x: number,
  shoulder: number,
  metre: number,
  swing: number,
): void {
  const eased = 1 - (1 - swing) ** 2
  const angle = 2.5 - eased * 4.3
  const handX = x - metre * 0.12 + Math.sin(angle) * metre * 0.3
  const handY = shoulder + metre * 0.22 + Math.cos(angle) * metre * 0.2
  line(context, x, shoulder + metre * 0.05, handX, handY)
  context.strokeStyle = '#f0cf95'
  context.lineWidth = metre * 0.17
  line(
    context,
    handX + Math.sin(angle) * metre * 0.28,
    handY + Math.cos(angle) * metre * 0.28,
    handX + Math.sin(angle) * metre * 0.85,
    handY + Math.cos(angle) * metre * 0.85,
  )
}

/** Four floodlights, four shadows. */
function drawShadows(context: OffscreenCanvasRenderingContext2D, x: number, y: number, metre: number): void {
  context.strokeStyle = 'rgb(0 10 10 / .22)'
  context.lineWidth = metre * 0.16
  context.lineCap = 'round'
  line(context, x, y, x - metre * 0.75, y + metre * 0.13)
  line(context, x, y, x + metre * 0.75, y + metre * 0.13)
  line(context, x, y, x - metre * 0.5, y - metre * 0.11)
  line(context, x, y, x + metre * 0.5, y - metre * 0.11)
}

function line(
  context: OffscreenCanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  context.beginPath()
  context.moveTo(x1, y1)
  context.lineTo(x2, y2)
  context.stroke()
}

function disc(context: OffscreenCanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
  context.fill()
}
