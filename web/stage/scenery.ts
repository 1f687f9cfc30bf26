import { FIGURE_SCALE, onCircle, PITCH_M, type Point, type Projected, project, ROPE_M } from './field.ts'
import { drawFigure } from './figure.ts'

/** Colours of the night: the stage is dark in every scheme. */
export interface SideColours {
  home: string
  away: string
}

const spot: Projected = { x: 0, y: 0, scale: 0 }

/** Deterministic, so that every viewer sees the same crowd. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Draws everything that does not move: sky, stands, grass, rope, pitch and the field setting. */
export function drawScenery(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
  colours: SideColours,
): void {
  const at = (point: Point): [number, number] => {
    project(point, spot)
    return [width / 2 + spot.x * height, spot.y * height]
  }
  drawSky(context, width, height)
  drawStands(context, height, at, colours)
  drawGrass(context, width, height, at)
  drawPitch(context, at)
  drawFielders(context, width, height, colours)
  drawHaze(context, width, height)
  for (const side of [-1, 1]) drawFloodlight(context, width / 2 + side * width * 0.41, height, -side)
}

type At = (point: Point) => [number, number]

function path(context: OffscreenCanvasRenderingContext2D, points: Point[], at: At): void {
  context.beginPath()
  for (const [i, point] of points.entries()) {
    const [x, y] = at(point)
    if (i === 0) context.moveTo(x, y)
    else context.lineTo(x, y)
  }
}

const arc = (radiusM: number, from: number, to: number, z = 0): Point[] =>
  Array.from({ length: 61 }, (_, i) => onCircle(radiusM, from + ((to - from) * i) / 60, z))

function drawSky(context: OffscreenCanvasRenderingContext2D, width: number, height: number): void {
  const sky = context.createLinearGradient(0, 0, 0, height * 0.4)
  sky.addColorStop(0, '#0a0820')
  sky.addColorStop(0.6, '#231345')
  sky.addColorStop(1, '#4a2350')
  context.fillStyle = sky
  context.fillRect(0, 0, width, height * 0.5)
  const random = randomOf(7)
  context.fillStyle = '#fff'
  for (let i = 0; i < 40; i++) {
    context.globalAlpha = 0.15 + random() * 0.4
    const size = height * 0.002 * (1 + random())
    context.fillRect(random() * width, random() * height * 0.16, size, size)
  }
  context.globalAlpha = 1
}

/** Back to front. */
const TIERS = [
  { z: 12.5, radiusM: ROPE_M + 12, rows: 8 },
  { z: 2.4, radiusM: ROPE_M + 4, rows: 8 },
]
const SEATS = ['#f4d9b8', '#e8c39e', '#c68b5e', '#8d5a3a', '#5d3a28', '#e9e4f5', '#b7a7d8', '#473763']

function drawStands(
  context: OffscreenCanvasRenderingContext2D,
  height: number,
  at: At,
  { home, away }: SideColours,
): void {
  const random = randomOf(11)
  for (const { z, radiusM, rows } of TIERS) {
    const back = arc(radiusM + rows, -64, 64, z + rows * 1.05 + 1.4)
    const front = arc(radiusM, 64, -64, 0)
    const concrete = context.createLinearGradient(0, height * 0.12, 0, height * 0.44)
    concrete.addColorStop(0, '#140d2a')
    concrete.addColorStop(1, '#2c1c48')
    context.fillStyle = concrete
    path(context, [...back, ...front], at)
    context.fill()
    for (let row = rows - 1; row >= 0; row--) {
      for (let degrees = -62; degrees < 62; degrees += 0.72) {
        if (random() < 0.07 || Math.abs(degrees) < 4.2) continue
        const seat = onCircle(radiusM + row, degrees + random() * 0.5, z + row * 1.05)
        const [x, y] = at(seat)
        const size = spot.scale * height
        // Towards the left end mostly home shirts, towards the right mostly away ones.
        const homeEnd = 0.5 - degrees / 110
        const shirt = random() < 0.62 ? (random() < homeEnd ? home : away) : SEATS[Math.floor(random() * 8)]!
        context.globalAlpha = 0.38 + 0.5 * random()
        context.fillStyle = shirt
        context.fillRect(x - size * 0.34, y - size * 0.5, size * 0.68, size * 0.8)
        context.fillStyle = SEATS[Math.floor(random() * 5)]!
        context.fillRect(x - size * 0.2, y - size * 0.95, size * 0.4, size * 0.45)
      }
    }
    context.globalAlpha = 1
    // The rail in front of a tier catches the light.
    context.strokeStyle = '#8f7bc4'
    context.lineWidth = height * 0.003
    path(context, arc(radiusM - 0.4, -64, 64, z - 0.6), at)
    context.stroke()
  }
  drawRoof(context, height, at)
  drawSightScreen(context, at)
  drawBoards(context, height, at, home, away)
}

function drawRoof(context: OffscreenCanvasRenderingContext2D, height: number, at: At): void {
  const inner = arc(ROPE_M + 15, -64, 64, 23.5)
  const outer = arc(ROPE_M + 24, 64, -64, 25.5)
  context.fillStyle = '#0d0820'
  path(context, [...inner, ...outer], at)
  context.fill()
  context.strokeStyle = '#ffe9c4'
  context.lineWidth = height * 0.0035
  context.setLineDash([height * 0.006, height * 0.014])
  path(context, inner, at)
  context.stroke()
  context.setLineDash([])
}

function drawSightScreen(context: OffscreenCanvasRenderingContext2D, at: At): void {
  context.fillStyle = '#0b1420'
  path(
    context,
    [
      { x: -5, y: 58, z: 0.2 },
      { x: 5, y: 58, z: 0.2 },
      { x: 5, y: 58, z: 9 },
      { x: -5, y: 58, z: 9 },
    ],
    at,
  )
  context.fill()
}

function drawBoards(
  context: OffscreenCanvasRenderingContext2D,
  height: number,
  at: At,
  home: string,
  away: string,
): void {
  for (let degrees = -60; degrees < 60; degrees += 8) {
    if (Math.abs(degrees + 4) < 5) continue
    context.fillStyle = Math.abs(Math.round(degrees / 8)) % 2 === 0 ? home : away
    context.globalAlpha = 0.8
    const board = [
      ...arc(ROPE_M + 2.6, degrees + 0.3, degrees + 7.7),
      ...arc(ROPE_M + 2.6, degrees + 7.7, degrees + 0.3, 1.7),
    ]
    path(context, board, at)
    context.fill()
  }
  context.globalAlpha = 1
  context.strokeStyle = '#fffbe8'
  context.lineWidth = height * 0.005
  path(context, arc(ROPE_M, -75, 75, 0.25), at)
  context.stroke()
}

/** Lamps on a mast, their glow, and a beam that leans towards the pitch. Light adds up. */
function drawFloodlight(
  context: OffscreenCanvasRenderingContext2D,
  x: number,
  height: number,
  towards: number,
): void {
  const y = height * 0.115
  context.fillStyle = '#1b1233'
  context.fillRect(x - height * 0.006, y, height * 0.012, height * 0.15)
  context.save()
  context.globalCompositeOperation = 'lighter'
  const beam = context.createLinearGradient(x, y, x + towards * height * 0.5, height * 0.62)
  beam.addColorStop(0, 'rgb(255 236 190 / .075)')
  beam.addColorStop(1, 'rgb(255 220 160 / 0)')
  context.fillStyle = beam
  // Nested beams: a soft edge without a filter.
  for (let spread = 0.08; spread < 0.45; spread += 0.06) {
    context.beginPath()
    context.moveTo(x, y)
    context.lineTo(x + towards * height * (0.6 + spread), height * 0.7 - spread * height * 0.25)
    context.lineTo(x + towards * height * (0.6 - spread), height * 0.7 + spread * height * 0.25)
    context.fill()
  }
  const glow = context.createRadialGradient(x, y, 0, x, y, height * 0.36)
  glow.addColorStop(0, 'rgb(255 244 214 / .8)')
  glow.addColorStop(0.15, 'rgb(255 214 150 / .32)')
  glow.addColorStop(0.5, 'rgb(255 170 100 / .09)')
  glow.addColorStop(1, 'rgb(255 160 90 / 0)')
  context.fillStyle = glow
  context.fillRect(x - height * 0.4, y - height * 0.4, height * 0.8, height * 0.8)
  context.fillStyle = '#fffdf4'
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 5; column++) {
      context.beginPath()
      context.arc(x + (column - 2) * height * 0.02, y + (row - 1) * height * 0.02, height * 0.0072, 0, 6.3)
      context.fill()
    }
  }
  context.restore()
}

function drawGrass(context: OffscreenCanvasRenderingContext2D, width: number, height: number, at: At): void {
  context.save()
  path(context, [...arc(ROPE_M, -75, 75), { x: 400, y: -57, z: 0 }, { x: -400, y: -57, z: 0 }], at)
  context.clip()
  context.fillStyle = '#1f7a3f'
  context.fillRect(0, 0, width, height)
  for (let y = -56; y < ROPE_M; y += 12) {
    context.fillStyle = '#2a8f4b'
    path(
      context,
      [
        { x: -400, y, z: 0 },
        { x: 400, y, z: 0 },
        { x: 400, y: y + 6, z: 0 },
        { x: -400, y: y + 6, z: 0 },
      ],
      at,
    )
    context.fill()
  }
  const [cx, cy] = at({ x: 0, y: -6, z: 0 })
  const light = context.createRadialGradient(cx, cy, height * 0.05, cx, cy, height * 0.85)
  light.addColorStop(0, 'rgb(232 255 190 / .34)')
  light.addColorStop(0.45, 'rgb(120 210 120 / .08)')
  light.addColorStop(1, 'rgb(4 10 30 / .62)')
  context.fillStyle = light
  context.fillRect(0, 0, width, height)
  context.strokeStyle = 'rgb(255 255 255 / .55)'
  context.lineWidth = height * 0.003
  context.setLineDash([height * 0.012, height * 0.012])
  path(context, arc(27, -180, 180), at)
  context.stroke()
  context.restore()
}

function quad(
  context: OffscreenCanvasRenderingContext2D,
  at: At,
  half: number,
  from: number,
  to: number,
): void {
  path(
    context,
    [
      { x: -half, y: from, z: 0 },
      { x: half, y: from, z: 0 },
      { x: half, y: to, z: 0 },
      { x: -half, y: to, z: 0 },
    ],
    at,
  )
  context.fill()
}

function drawPitch(context: OffscreenCanvasRenderingContext2D, at: At): void {
  context.fillStyle = '#b98f57'
  quad(context, at, 3.2, -PITCH_M - 2.5, 2.5)
  context.fillStyle = '#d2ab70'
  quad(context, at, 2.5, -PITCH_M - 2, 2)
  context.fillStyle = '#fffdf2'
  for (const crease of [-PITCH_M + 1.4, -1.6]) quad(context, at, 3.4, crease, crease + 0.22)
}

const FIELD: [degrees: number, radiusM: number][] = [
  [-48, 25],
  [38, 26],
  [88, 23],
  [-95, 25],
  [-24, 58],
  [20, 59],
]

function drawFielders(
  context: OffscreenCanvasRenderingContext2D,
  width: number,
  height: number,
  { away }: SideColours,
): void {
  const keeper = { x: 0.6, y: 8, z: 0 }
  for (const point of [...FIELD.map(([degrees, radiusM]) => onCircle(radiusM, degrees)), keeper]) {
    project(point, spot)
    const x = width / 2 + spot.x * height
    drawFigure(context, x, spot.y * height, spot.scale * height * FIGURE_SCALE, {
      shirt: away,
      legs: '#23305e',
      crouch: point === keeper ? 0.5 : 0.15,
    })
  }
  project({ x: -3.4, y: -PITCH_M - 2, z: 0 }, spot)
  const size = spot.scale * height * FIGURE_SCALE
  drawFigure(context, width / 2 + spot.x * height, spot.y * height, size, {
    shirt: '#f4f0e4',
    legs: '#2b2b33',
  })
}

function drawHaze(context: OffscreenCanvasRenderingContext2D, width: number, height: number): void {
  const [x, y] = [width / 2, height * 0.5]
  const edge = context.createRadialGradient(x, y, height * 0.55, x, y, height * 1.15)
  edge.addColorStop(0, 'rgb(6 3 20 / 0)')
  edge.addColorStop(1, 'rgb(6 3 20 / .55)')
  context.fillStyle = edge
  context.fillRect(0, 0, width, height)
}
