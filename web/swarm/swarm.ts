import type { MoodPacket } from '../../sdk/src/index.ts'
import { type Place, placeOf } from '../dom/place.ts'
import { Flights, LIFE_MS_MEAN, type Spot } from './flights.ts'
import { FrameBudget } from './frame-budget.ts'
import { followLane, type LaneSide } from './lane.ts'
import { launchesOf } from './launches.ts'
import { OwnFlights } from './own-flights.ts'
import { OwnTaps } from './own-taps.ts'
import type { Sprites } from './sprites.ts'

/** More pixels than this cost more time than they show. */
const CANVAS_PIXELS_MAX = 700_000
const SCALE_MAX = 2

/**
 * The swarm: one canvas over a part of the page, which takes no pointer. It draws only where stickers are and only
 * while some are, and nothing while the page is hidden or motion is to be reduced. Beside it, the viewer's own taps.
 *
 * What it did can be read from the canvas' `data-crowd`, `data-own` and `data-frames`, renewed with each packet.
 */
export class Swarm {
  readonly canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #flights: Flights
  readonly #budget = new FrameBudget()
  readonly #ownTaps = new OwnTaps()
  readonly #ownFlights: OwnFlights
  readonly #random: () => number
  readonly #still: () => boolean
  readonly #spot: Spot = { x: 0, y: 0, size: 0, tilt: 0, alpha: 0, sprite: 0 }
  readonly #listeners = new AbortController()
  readonly #leaveLane: () => void
  #lane: Place = { left: 0, top: 0, width: 0, height: 0 }
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
   * @param options.host Where the canvas goes; it is placed in the viewport.
   * @param options.over The swarm rises over the right third of this element, at the `side` `start` over the left one.
   * @param options.still Whether motion is to be reduced; own taps do not fly then either.
   * @param options.onTop Above everything, a full-screen video too, in whatever a page has put the host. Default false.
   */
  constructor({
    host,
    over,
    still,
    onTop = false,
    side = 'end',
    random = Math.random,
  }: {
    host: Element | ShadowRoot
    over: Element
    still: () => boolean
    onTop?: boolean
    side?: LaneSide
    random?: () => number
  }) {
    this.canvas = document.createElement('canvas')
    this.canvas.className = 'swarm'
    this.canvas.setAttribute('aria-hidden', 'true')
    this.#context = this.canvas.getContext('2d')!
    this.#flights = new Flights({ random })
    this.#ownFlights = new OwnFlights({ layer: host, random })
    this.#still = still
    this.#random = random
    host.append(this.canvas)
    if (onTop) this.#keepOnTop()
    this.#leaveLane = followLane(over, (lane) => this.#place(lane), side)
    this.#report()
    document.addEventListener('visibilitychange', () => this.#onVisibility(), {
      signal: this.#listeners.signal,
    })
  }

  setSprites(sprites: Sprites): void {
    this.#sprites = sprites
    this.#flights.clear()
  }

  /**
   * Lets a packet's stickers rise over its window, without those that the viewer saw rise already.
   * @param options.isReplay It is an earlier packet: own taps of now are not in it. Default false.
   */
  packet(packet: MoodPacket, { isReplay = false } = {}): void {
    const now = performance.now()
    const limit = this.#budget.limit
    const launches = launchesOf(packet, {
      takeOwn: (sticker, count) => (isReplay ? 0 : this.#ownTaps.take(sticker, count, now)),
      room: roomFor(packet.ms, limit, this.#flights.alive(now)),
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

  /** A tap of this viewer's that is drawn elsewhere is not drawn here when it comes back. */
  expectOwn(sticker: string): void {
    this.#ownTaps.add(sticker, performance.now())
  }

  /** Lets the viewer's own sticker fly from its icon into the lane. */
  tap(sticker: string, icon: Element): void {
    this.#ownTaps.add(sticker, performance.now())
    if (this.#asleep) return
    const { left, top, width, height } = placeOf(icon)
    this.#ownFlights.launch(icon, { x: left + width / 2, y: top + height / 2 }, this.#lane)
    this.#ownLaunched++
    this.#report()
  }

  close(): void {
    this.#listeners.abort()
    this.#leaveLane()
    this.#ownFlights.close()
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
    const lane = this.#lane
    const spot = this.#spot
    const context = this.#context
    const sprites = this.#sprites!
    const scale = this.#scale
    let drawn = 0
    for (let i = 0; i < this.#flights.capacity; i++) {
      if (!this.#flights.place(i, now, lane, spot)) continue
      context.globalAlpha = spot.alpha
      sprites.draw(context, spot.sprite, spot.tilt, spot.x * scale, spot.y * scale, spot.size * scale)
      this.#soil(spot)
      drawn++
    }
    return drawn
  }

  #soil({ x, y, size }: Spot): void {
    // A pixel more for the smoothing.
    const reach = size / 2 + 1
    const scale = this.#scale
    this.#dirtyLeft = Math.min(this.#dirtyLeft, (x - reach) * scale)
    this.#dirtyRight = Math.max(this.#dirtyRight, (x + reach) * scale)
    this.#dirtyTop = Math.min(this.#dirtyTop, (y - reach) * scale)
    this.#dirtyBottom = Math.max(this.#dirtyBottom, (y + reach) * scale)
  }

  #clear(): void {
    const left = Math.floor(this.#dirtyLeft)
    const top = Math.floor(this.#dirtyTop)
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

  #place(lane: Place): void {
    this.#lane = lane
    const { left, top, width, height } = lane
    this.#scale = Math.min(
      SCALE_MAX,
      devicePixelRatio,
      Math.sqrt(CANVAS_PIXELS_MAX / Math.max(1, width * height)),
    )
    const { style } = this.canvas
    style.width = `${width}px`
    style.height = `${height}px`
    style.transform = `translate(${left}px, ${top}px)`
    const pixelsWide = Math.max(1, Math.round(width * this.#scale))
    const pixelsHigh = Math.max(1, Math.round(height * this.#scale))
    // Setting a size clears the canvas, so a page that only scrolls leaves it alone.
    if (this.canvas.width !== pixelsWide) this.canvas.width = pixelsWide
    if (this.canvas.height !== pixelsHigh) this.canvas.height = pixelsHigh
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

/** What a window may launch: its share of a full sky, so that a long roar rises evenly and not in waves. */
function roomFor(ms: number, limit: number, alive: number): number {
  return Math.max(0, Math.min(limit - alive, Math.ceil((limit * ms) / LIFE_MS_MEAN)))
}
