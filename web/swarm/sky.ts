import { paintBeside } from '../paint/beside.ts'
import { FramePace } from '../paint/frame-pace.ts'
import type { Paint } from '../paint/painter.ts'
import { Flights, type Lane, LIFE_MS_MEAN, SPRITE_PX, type Spot } from './flights.ts'
import { FrameBudget } from './frame-budget.ts'
import { launchesOf, type Wanted } from './launches.ts'

/** Messages to the swarm's painter. */
export type SkyTask =
  /** The area where stickers rise, and device pixels per CSS pixel. */
  | { lane: Lane; scale: number }
  /** A sticker in every tilt, side by side; without a picture it is removed. */
  | { sprite: number; picture: ImageBitmap | undefined }
  /** Stickers to launch, spread over this many milliseconds, and whether the page's thread is slow. */
  | { wanted: readonly Wanted[]; ms: number; isSlow: boolean }
  /** Removes all stickers in the air. */
  | 'clear'
  /** The same, and no picture is what it was: the show has other stickers. */
  | 'forget'

/** News is a task of the page's thread each time: so often at the most. */
const NEWS_MS = 500

/** What it has done so far, told after tasks. */
export interface SkyNews {
  /** In the air now. */
  alive: number
  launched: number
  frames: number
}

/** Paints the crowd's stickers. It draws only where some are and only while some are. */
class Sky {
  readonly #canvas: OffscreenCanvas
  readonly #context: OffscreenCanvasRenderingContext2D
  readonly #flights = new Flights({ random: Math.random })
  readonly #budget = new FrameBudget()
  readonly #pace = new FramePace()
  readonly #pictures = new Map<number, ImageBitmap>()
  readonly #spot: Spot = { x: 0, y: 0, size: 0, tilt: 0, alpha: 0, sprite: 0 }
  #lane: Lane = { width: 0, height: 0 }
  #scale = 1
  #frame = 0
  #lastFrameMs = 0
  /** What the last frame painted, device pixels: the only part that the next one has to clear. */
  #dirtyTop = 0
  #dirtyBottom = 0
  #dirtyLeft = 0
  #dirtyRight = 0
  #launched = 0
  #frames = 0

  constructor(canvas: OffscreenCanvas) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d')!
  }

  get news(): SkyNews {
    const alive = this.#flights.alive(performance.now())
    return { alive, launched: this.#launched, frames: this.#frames }
  }

  take(task: SkyTask): void {
    if (task === 'clear') this.#sweep()
    else if (task === 'forget') this.#forget()
    else if ('lane' in task) this.#place(task.lane, task.scale)
    else if ('sprite' in task) this.#keep(task.sprite, task.picture)
    else this.#rise(task)
  }

  #rise({ wanted, ms, isSlow }: Extract<SkyTask, { wanted: unknown }>): void {
    this.#pace.isSlow = isSlow
    const now = performance.now()
    const { limit } = this.#budget
    const room = roomFor(ms, limit, this.#flights.alive(now))
    for (const { sprite, delayMs } of launchesOf(wanted, { ms, room, random: Math.random }))
      if (this.#flights.launch(sprite, now + delayMs, now, limit)) this.#launched++
    if (this.#frame === 0) this.#frame = requestAnimationFrame(this.#draw)
  }

  #sweep(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.#flights.clear()
    this.#clear()
  }

  #forget(): void {
    this.#sweep()
    for (const sprite of [...this.#pictures.keys()]) this.#keep(sprite, undefined)
  }

  #keep(sprite: number, picture: ImageBitmap | undefined): void {
    this.#pictures.get(sprite)?.close()
    if (picture === undefined) this.#pictures.delete(sprite)
    else this.#pictures.set(sprite, picture)
  }

  /** Setting a size clears the canvas, so a page that only scrolls leaves it alone. */
  #place(lane: Lane, scale: number): void {
    this.#lane = lane
    this.#scale = scale
    const width = Math.max(1, Math.round(lane.width * scale))
    const height = Math.max(1, Math.round(lane.height * scale))
    if (this.#canvas.width !== width) this.#canvas.width = width
    if (this.#canvas.height !== height) this.#canvas.height = height
  }

  readonly #draw = (): void => {
    const now = performance.now()
    this.#budget.frame(now - this.#lastFrameMs)
    this.#lastFrameMs = now
    const isLast = this.#flights.alive(now) === 0
    this.#frame = isLast ? 0 : requestAnimationFrame(this.#draw)
    if (!this.#pace.take(now) && !isLast) return
    this.#clear()
    this.#drawFlights(now)
    this.#frames++
  }

  #drawFlights(now: number): void {
    const spot = this.#spot
    const context = this.#context
    const scale = this.#scale
    for (let i = 0; i < this.#flights.capacity; i++) {
      if (!this.#flights.place(i, now, this.#lane, spot)) continue
      const picture = this.#pictures.get(spot.sprite)
      if (picture === undefined) continue
      context.globalAlpha = spot.alpha
      const size = spot.size * scale
      const left = spot.x * scale - size / 2
      const top = spot.y * scale - size / 2
      context.drawImage(picture, spot.tilt * SPRITE_PX, 0, SPRITE_PX, SPRITE_PX, left, top, size, size)
      this.#soil(left, top, size)
    }
  }

  #soil(left: number, top: number, size: number): void {
    // A pixel more for the smoothing.
    this.#dirtyLeft = Math.min(this.#dirtyLeft, left - 1)
    this.#dirtyRight = Math.max(this.#dirtyRight, left + size + 1)
    this.#dirtyTop = Math.min(this.#dirtyTop, top - 1)
    this.#dirtyBottom = Math.max(this.#dirtyBottom, top + size + 1)
  }

  #clear(): void {
    const left = Math.floor(this.#dirtyLeft)
    const top = Math.floor(this.#dirtyTop)
    const width = Math.ceil(this.#dirtyRight) - left
    if (width > 0) this.#context.clearRect(left, top, width, Math.ceil(this.#dirtyBottom) - top)
    this.#dirtyLeft = this.#canvas.width
    this.#dirtyTop = this.#canvas.height
    this.#dirtyRight = 0
    this.#dirtyBottom = 0
  }
}

/** What a window may launch: its share of a full sky, so that a long roar rises evenly and not in waves. */
function roomFor(ms: number, limit: number, alive: number): number {
  return Math.max(0, Math.min(limit - alive, Math.ceil((limit * ms) / LIFE_MS_MEAN)))
}

export const paint: Paint<SkyTask, SkyNews> = ([canvas], tell) => {
  const sky = new Sky(canvas!)
  let dueMs = 0
  let isAsked = false
  const say = () => {
    isAsked = false
    dueMs = performance.now() + NEWS_MS
    tell(sky.news)
  }
  return (task) => {
    sky.take(task)
    if (!isAsked) setTimeout(say, dueMs - performance.now())
    isAsked = true
  }
}

paintBeside(paint)
