import type { MatchEvent } from '../../engine/match.ts'
import { type Play, playAt } from './ball.ts'
import { FIGURE_SCALE, PITCH_M, type Point, type Projected, project } from './field.ts'
import { drawFigure } from './figure.ts'
import type { SideColours } from './scenery.ts'

const RUN_UP_M = 21
const TRAIL = 9
const TRAIL_STEP_MS = 28

const BATTER_LEGS = '#f3ecdd'

/** Draws what moves: bowler, batters, stumps and ball. Objects needed per frame are allocated once. */
export class Action {
  readonly #context: OffscreenCanvasRenderingContext2D
  readonly #colours: SideColours
  readonly #play: Play
  readonly #past: Play
  readonly #point: Point = { x: 0, y: 0, z: 0 }
  readonly #spot: Projected = { x: 0, y: 0, scale: 0 }
  #width = 0
  #height = 0

  constructor(context: OffscreenCanvasRenderingContext2D, colours: SideColours, newPlay: () => Play) {
    this.#context = context
    this.#colours = colours
    this.#play = newPlay()
    this.#past = newPlay()
  }

  resize(width: number, height: number): void {
    this.#width = width
    this.#height = height
  }

  draw(event: MatchEvent, sinceMs: number): void {
    playAt(event, sinceMs, this.#play)
    this.#context.clearRect(0, 0, this.#width, this.#height)
    const ballBehind = this.#play.ball.y > 0
    if (this.#play.ballSeen && ballBehind) this.#drawBall(event, sinceMs)
    this.#drawStumps(0, this.#play.bailsS)
    this.#drawBatter()
    this.#drawRunner()
    this.#drawStumps(-PITCH_M, -1)
    this.#drawBowler(sinceMs)
    if (this.#play.ballSeen && !ballBehind) this.#drawBall(event, sinceMs)
  }

  /** Projects a point of the field onto the canvas: `#spot` then holds pixels, its scale pixels per metre. */
  #look(x: number, y: number, z: number): Projected {
    this.#point.x = x
    this.#point.y = y
    this.#point.z = z
    const spot = project(this.#point, this.#spot)
    spot.x = this.#width / 2 + spot.x * this.#height
    spot.y *= this.#height
    spot.scale *= this.#height
    return spot
  }

  #drawBatter(): void {
    const { ran, swing } = this.#play
    const running = ran > 0
    const y = running ? -PITCH_M * pendulum(ran) : -1.2
    const { x, y: ground, scale } = this.#look(running ? -2.2 : -1.3, y, 0)
    drawFigure(this.#context, x, ground, scale * FIGURE_SCALE, {
      shirt: this.#colours.home,
      legs: BATTER_LEGS,
      crouch: running ? 0 : 0.2,
      ...(running ? { stride: ran * 26 } : { swing }),
    })
  }

  #drawRunner(): void {
    const { ran } = this.#play
    const { x, y, scale } = this.#look(2.6, -PITCH_M * (1 - pendulum(ran)) + 0.8, 0)
    drawFigure(this.#context, x, y, scale * FIGURE_SCALE, {
      shirt: this.#colours.home,
      legs: BATTER_LEGS,
      ...(ran > 0 ? { stride: ran * 26 + 1 } : { swing: 0.55 }),
    })
  }

  #drawBowler(sinceMs: number): void {
    const { runUp } = this.#play
    if (runUp === 0) return
    const along = Math.min(1, runUp)
    const { x, y, scale } = this.#look(
      1.5,
      -PITCH_M - 0.6 - RUN_UP_M * (1 - along) + Math.max(0, runUp - 1) * 9,
      0,
    )
    drawFigure(this.#context, x, y, scale * FIGURE_SCALE, {
      shirt: this.#colours.away,
      legs: '#23305e',
      ...(runUp > 0 && runUp < 1.15 ? { stride: sinceMs / 75 } : {}),
      ...(runUp > 0.9 && runUp < 1.19 ? { arm: (runUp - 0.9) / 0.29 } : {}),
    })
  }

  #drawStumps(y: number, bailsS: number): void {
    const context = this.#context
    const { x, y: ground, scale } = this.#look(0, y, 0)
    const size = scale * FIGURE_SCALE
    const broken = bailsS >= 0
    context.lineCap = 'round'
    context.lineWidth = Math.max(1.5, size * 0.09)
    for (let stump = -1; stump <= 1; stump++) {
      context.strokeStyle = broken && Math.floor(bailsS * 6) % 2 === 0 ? '#ff4a3a' : '#ffe1a0'
      const lean = broken && stump === 0 ? Math.min(0.5, bailsS * 2) : 0
      context.beginPath()
      context.moveTo(x + stump * size * 0.17, ground)
      context.lineTo(x + stump * size * 0.17 + lean * size * 0.5, ground - size * 0.72 * (1 - lean * 0.3))
      context.stroke()
    }
    this.#drawBails(x, ground - size * 0.76, size, bailsS)
  }

  #drawBails(x: number, y: number, size: number, bailsS: number): void {
    if (bailsS > 1.4) return
    const context = this.#context
    const flown = Math.max(0, bailsS)
    const fall = flown * 2.6 - flown * flown * 3.2
    context.strokeStyle = bailsS >= 0 ? '#ff5a45' : '#ffe1a0'
    context.lineWidth = Math.max(1, size * 0.06)
    for (let side = -1; side <= 1; side += 2) {
      const cx = x + side * size * (0.085 + flown * 0.9)
      const cy = y - fall * size
      const turn = flown * 9 * side
      context.beginPath()
      context.moveTo(cx - Math.cos(turn) * size * 0.09, cy - Math.sin(turn) * size * 0.09)
      context.lineTo(cx + Math.cos(turn) * size * 0.09, cy + Math.sin(turn) * size * 0.09)
      context.stroke()
    }
  }

  #drawBall(event: MatchEvent, sinceMs: number): void {
    const context = this.#context
    const { ball } = this.#play
    this.#drawBallShadow(ball)
    for (let i = TRAIL; i > 0; i--) {
      playAt(event, sinceMs - i * TRAIL_STEP_MS, this.#past)
      if (!this.#past.ballSeen) continue
      const { x, y, scale } = this.#look(this.#past.ball.x, this.#past.ball.y, this.#past.ball.z)
      context.globalAlpha = 0.32 * (1 - i / (TRAIL + 1))
      context.fillStyle = '#ffd9a0'
      disc(context, x, y, Math.max(1.2, scale * 0.62 * (1 - i / (TRAIL * 1.6))))
    }
    context.globalAlpha = 1
    const { x, y, scale } = this.#look(ball.x, ball.y, ball.z)
    const radius = Math.max(1.8, scale * 0.62)
    context.fillStyle = '#fff8ec'
    disc(context, x, y, radius)
    context.fillStyle = 'rgb(214 60 40 / .9)'
    disc(context, x + radius * 0.12, y + radius * 0.12, radius * 0.72)
  }

  #drawBallShadow({ x: lateral, y: depth, z }: Point): void {
    if (z < 0.5 || z > 14) return
    const { x, y, scale } = this.#look(lateral, depth, 0)
    this.#context.fillStyle = 'rgb(0 12 8 / .35)'
    this.#context.beginPath()
    this.#context.ellipse(x, y, scale * 0.7, scale * 0.25, 0, 0, 6.3)
    this.#context.fill()
  }
}

/** Back and forth: 0 at the own end, 1 at the other. */
function pendulum(ran: number): number {
  const lap = ran % 2
  return lap <= 1 ? lap : 2 - lap
}

function disc(context: OffscreenCanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 6.3)
  context.fill()
}
