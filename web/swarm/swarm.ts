import type { MoodPacket } from '../../sdk/src/index.ts'
import { Flights, type Lane, type Spot } from './flights.ts'
import { FrameBudget } from './frame-budget.ts'
import { launchesOf } from './launches.ts'
import { OwnTaps } from './own-taps.ts'
import type { Sprites } from './sprites.ts'

/** More pixels than this cost more time than they show. */
const CANVAS_PIXELS_MAX = 2_600_000
const SCALE_MAX = 2

/**
 * The swarm: one canvas over everything, which takes no pointer. It draws only where stickers are and only while
 * some are, and nothing while the page is hidden or motion is to be reduced.
 *
 * What it did can be read from the host's `data-crowd`, `data-own` and `data-frames`, renewed with each packet.
 */
export class Swarm {
  readonly canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #flights: Flights
  readonly #budget = new FrameBudget()
  readonly #own = new OwnTaps()
  readonly #lane: () => Lane
  readonly #random: () => number
  readonly #still: () => boolean
  readonly #spot: Spot = { x: 0, y: 0, size: 0, tilt: 0, alpha: 0, sprite: 0 }
  readonly #listeners = new AbortController()
  #sprites: Sprites | undefined
  #scale = 1
  #frame = 0
  #lastFrameMs = 0
  /** What the last frame painted, device pixels: the only part that the next one has to clear. */
  #dirtyTop = 0
  #dirtyBottom = 0
  #dirtyLeft = 0
  #dirtyRight = 0
  #crowdLaunched = 0
  #ownLaunched = 0
  #framesDrawn = 0

  /**
   * @param options.host Where the canvas goes. It covers the viewport.
   * @param options.lane Where the crowd rises, in pixels of the viewport; asked once a frame.
   * @param options.still Whether motion is to be reduced; own taps are not drawn either then.
   * @param options.onTop Above everything, a full-screen video too, in whatever a page has put the host. Default false.
   */
  constructor({
    host,
    lane,
    still,
    onTop = false,
    random = Math.random,
  }: {
    host: Element | ShadowRoot
    lane: () => Lane
    still: () => boolean
    onTop?: boolean
    random?: () => number
  }) {
    this.canvas = document.createElement('canvas')
    this.canvas.className = 'swarm'
    this.canvas.setAttribute('aria-hidden', 'true')
    this.#context = this.canvas.getContext('2d')!
    this.#flights = new Flights({ random })
    this.#lane = lane
    this.#still = still
    this.#random = random
    host.append(this.canvas)
    if (onTop) this.#keepOnTop()
    this.#resize()
    this.#report()
    const { signal } = this.#listeners
    addEventListener('resize', () => this.#resize(), { signal })
    document.addEventListener('visibilitychange', () => this.#onVisibility(), { signal })
  }

  setSprites(sprites: Sprites): void {
    this.#sprites = sprites
    this.#flights.clear()
  }

  /** Lets a packet's stickers rise over its window, without those that the viewer saw rise already. */
  packet(packet: MoodPacket): void {
    const now = performance.now()
    const limit = this.#budget.limit
    const launches = launchesOf(packet, {
      takeOwn: (sticker, count) => this.#own.take(sticker, count, now),
      room: Math.max(0, limit - this.#flights.alive(now)),
      random: this.#random,
    })
    if (this.#sprites !== undefined && !this.#asleep) {
      for (const { sticker, delayMs } of launches) {
        const sprite = this.#sprites.indexOf(sticker)
        if (sprite >= 0 && this.#flights.launch(sprite, now + delayMs, now, limit)) this.#crowdLaunched++
      }
      if (launches.length > 0) this.#wake()
    }
    this.#report()
  }

  /** Lets the viewer's own sticker hop from a point of the viewport into the lane. */
  tap(sticker: string, x: number, y: number): void {
    const now = performance.now()
    this.#own.add(sticker, now)
    const sprite = this.#sprites?.indexOf(sticker) ?? -1
    if (sprite < 0 || this.#asleep) return
    this.#flights.launchOwn(sprite, now, x, y)
    this.#ownLaunched++
    this.#wake()
    this.#report()
  }

  close(): void {
    this.#listeners.abort()
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.canvas.remove()
  }

  get #asleep(): boolean {
    return document.hidden || this.#still()
  }

  #wake(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(this.#draw)
  }

  readonly #draw = (now: number): void => {
    this.#budget.frame(now - this.#lastFrameMs)
    this.#lastFrameMs = now
    this.#clear()
    const drawn = this.#asleep ? 0 : this.#drawFlights(now)
    this.#framesDrawn++
    this.#frame = drawn > 0 || this.#flights.alive(now) > 0 ? requestAnimationFrame(this.#draw) : 0
  }

  #drawFlights(now: number): number {
    const lane = this.#lane()
    const spot = this.#spot
    const context = this.#context
    const sprites = this.#sprites!
    let drawn = 0
    for (let i = 0; i < this.#flights.capacity; i++) {
      if (!this.#flights.place(i, now, lane, spot)) continue
      const cos = Math.cos(spot.tilt) * this.#scale
      const sin = Math.sin(spot.tilt) * this.#scale
      context.setTransform(cos, sin, -sin, cos, spot.x * this.#scale, spot.y * this.#scale)
      context.globalAlpha = spot.alpha
      sprites.draw(context, spot.sprite, spot.size)
      this.#soil(spot)
      drawn++
    }
    return drawn
  }

  #soil({ x, y, size }: Spot): void {
    // The diagonal of a tilted square, and a pixel for the smoothing.
    const reach = size * 0.75 + 1
    const scale = this.#scale
    this.#dirtyLeft = Math.min(this.#dirtyLeft, (x - reach) * scale)
    this.#dirtyRight = Math.max(this.#dirtyRight, (x + reach) * scale)
    this.#dirtyTop = Math.min(this.#dirtyTop, (y - reach) * scale)
    this.#dirtyBottom = Math.max(this.#dirtyBottom, (y + reach) * scale)
  }

  #clear(): void {
    const left = Math.floor(this.#dirtyLeft)
    const top = Math.floor(this.#dirtyTop)
    this.#context.setTransform(1, 0, 0, 1, 0, 0)
    if (this.#dirtyRight > left) {
      this.#context.clearRect(
        left,
        top,
        Math.ceil(this.#dirtyRight) - left,
        Math.ceil(this.#dirtyBottom) - top,
      )
    }
    this.#dirtyLeft = this.canvas.width
    this.#dirtyTop = this.canvas.height
    this.#dirtyRight = 0
    this.#dirtyBottom = 0
  }

  #resize(): void {
    const width = Math.max(1, innerWidth)
    const height = Math.max(1, innerHeight)
    this.#scale = Math.min(SCALE_MAX, devicePixelRatio, Math.sqrt(CANVAS_PIXELS_MAX / (width * height)))
    this.canvas.width = Math.round(width * this.#scale)
    this.canvas.height = Math.round(height * this.#scale)
  }

  /** The top layer: no ancestor's transform moves it and no z-index covers it. Shown again, it is the topmost. */
  #keepOnTop(): void {
    this.canvas.popover = 'manual'
    this.canvas.showPopover()
    const raise = () => {
      this.canvas.hidePopover()
      this.canvas.showPopover()
    }
    document.addEventListener('fullscreenchange', raise, { signal: this.#listeners.signal })
  }

  #onVisibility(): void {
    if (!document.hidden) return
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.#flights.clear()
    this.#clear()
    this.#report()
  }

  #report(): void {
    const { dataset } = this.canvas
    dataset.crowd = String(this.#crowdLaunched)
    dataset.own = String(this.#ownLaunched)
    dataset.frames = String(this.#framesDrawn)
  }
}
