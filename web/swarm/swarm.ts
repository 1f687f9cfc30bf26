import type { MoodPacket, Sticker } from '../../sdk/src/index.ts'
import { type Place, placeOf } from '../dom/place.ts'
import { isSlow } from '../dom/together.ts'
import { type Painter, startPainter } from '../paint/painter.ts'
import { followLane, type LaneSide } from './lane.ts'
import { drawOfOthers } from './launches.ts'
import { OwnFlights } from './own-flights.ts'
import { OwnTaps } from './own-taps.ts'
import type { SkyNews, SkyTask } from './sky.ts'
import { Sprites } from './sprites.ts'

/** More pixels than this cost more time than they show. */
const CANVAS_PIXELS_MAX = 700_000
const SCALE_MAX = 2

export interface SwarmOptions {
  /** The server's address, without a slash at its end: where relative pictures come from, and what paints. */
  url: string
  /** Where the canvas goes; it is placed in the viewport. */
  host: Element | ShadowRoot
  /** The swarm rises over the right third of this element, at the `side` `start` over the left one. */
  over: Element
  /** Whether motion is to be reduced; own taps do not fly then either. */
  still: () => boolean
  /** Above everything, a full-screen video too, in whatever a page has put the host. Default false. */
  onTop?: boolean
  side?: LaneSide
  random?: () => number
}

/**
 * The swarm: one canvas over a part of the page, which takes no pointer, painted beside the page (sky.ts); nothing while the page
 * is hidden or motion is to be reduced. Beside it, the viewer's own taps.
 *
 * What it did can be read from the canvas' `data-air`, `data-crowd`, `data-own` and `data-frames`.
 */
export class Swarm {
  readonly canvas: HTMLCanvasElement
  readonly #url: string
  readonly #ownTaps = new OwnTaps()
  readonly #ownFlights: OwnFlights
  readonly #still: () => boolean
  readonly #closing = new AbortController()
  readonly #leaveLane: () => void
  #painter: Painter<SkyTask> | undefined
  #starting: Promise<void> | undefined
  /** The newest packet that came before its painter. */
  #early: Parameters<Swarm['packet']> | undefined
  #lane: Place = { left: 0, top: 0, width: 0, height: 0 }
  /** The lane as the painter last got it, so that scrolling alone sends nothing. */
  #sized: Extract<SkyTask, { lane: unknown }> = { lane: { width: 0, height: 0 }, scale: 1 }
  #known = ''
  #sprites: Sprites | undefined
  #ownLaunched = 0

  constructor({ url, host, over, still, onTop = false, side = 'end', random = Math.random }: SwarmOptions) {
    this.canvas = document.createElement('canvas')
    this.canvas.className = 'swarm'
    this.canvas.setAttribute('aria-hidden', 'true')
    this.#url = url
    this.#ownFlights = new OwnFlights({ layer: host, random })
    this.#still = still
    host.append(this.canvas)
    if (onTop) this.#keepOnTop()
    this.#leaveLane = followLane(over, (lane) => this.#place(lane), side)
    this.#report({ alive: 0, launched: 0, frames: 0 })
    const { signal } = this.#closing
    document.addEventListener('visibilitychange', () => document.hidden && this.#clear(), { signal })
    if (!still()) this.#startOnce()
  }

  /** Only on first use: with reduced motion no worker is started. */
  #startOnce(): void {
    this.#starting ??= this.#start()
  }

  async #start(): Promise<void> {
    this.#painter = await startPainter<SkyTask, SkyNews>({
      address: `${this.#url}/swarm.js`,
      canvases: [this.canvas],
      onNews: (news) => this.#report(news),
      signal: this.#closing.signal,
    })
    this.#painter?.send(this.#sized)
    if (this.#early !== undefined) this.packet(...this.#early)
    this.#early = undefined
  }

  /** Most show documents have the same stickers as before: what is in the air stays. */
  setStickers(stickers: readonly Sticker[]): void {
    const known = JSON.stringify(stickers)
    if (known === this.#known) return
    this.#known = known
    const sprites = new Sprites({
      stickers,
      url: this.#url,
      onPicture: (sprite, picture) => {
        if (this.#sprites !== sprites) picture?.close()
        else this.#painter?.send({ sprite, picture }, picture ? [picture] : [])
      },
    })
    this.#sprites = sprites
    this.#painter?.send('forget')
  }

  /**
   * Launches a packet's stickers over its window, without those that the viewer has seen rise already.
   * @param options.isReplay It is an earlier packet: the viewer's current taps are not in it. Default false.
   */
  packet(packet: Pick<MoodPacket, 'ms' | 'top'>, options: { isReplay?: boolean } = {}): void {
    const { ms, top } = packet
    if (this.#painter === undefined) {
      if (this.#asleep || top.length === 0) return
      this.#early = [packet, options]
      this.#startOnce()
      return
    }
    const now = performance.now()
    const others = top.map((entry) => {
      const own = options.isReplay ? 0 : this.#ownTaps.take(entry[0], entry[1], now)
      return { sticker: entry[0], draw: drawOfOthers(entry, own) }
    })
    if (this.#asleep) {
      if (this.canvas.dataset.air !== '0') this.#clear()
      return
    }
    const wanted = others.flatMap(({ sticker, draw }) => {
      const sprite = draw > 0 ? (this.#sprites?.use(sticker) ?? -1) : -1
      return sprite < 0 ? [] : { sprite, draw }
    })
    if (wanted.length > 0) this.#painter.send({ wanted, ms, isSlow: isSlow() })
  }

  /** A tap of this viewer drawn elsewhere; it is not drawn here when it returns in a packet. */
  expectOwn(sticker: string): void {
    this.#ownTaps.add(sticker, performance.now())
  }

  /** Sends the viewer's own sticker from its icon into the lane. */
  tap(sticker: string, icon: Element): void {
    this.#ownTaps.add(sticker, performance.now())
    if (this.#asleep) return
    const { left, top, width, height } = placeOf(icon)
    this.#ownFlights.launch(icon, { x: left + width / 2, y: top + height / 2 }, this.#lane)
    this.canvas.dataset.own = String(++this.#ownLaunched)
  }

  close(): void {
    this.#clear()
    this.#closing.abort()
    this.#leaveLane()
    this.#ownFlights.close()
    this.canvas.remove()
  }

  get #asleep(): boolean {
    return document.hidden || this.#still()
  }

  #clear(): void {
    this.#painter?.send('clear')
  }

  #place(lane: Place): void {
    this.#lane = lane
    const { left, top, width, height } = lane
    const { style } = this.canvas
    style.width = `${width}px`
    style.height = `${height}px`
    style.transform = `translate(${left}px, ${top}px)`
    const finest = Math.sqrt(CANVAS_PIXELS_MAX / Math.max(1, width * height))
    const scale = Math.min(SCALE_MAX, devicePixelRatio, finest)
    const { lane: was, scale: before } = this.#sized
    if (was.width === width && was.height === height && before === scale) return
    this.#sized = { lane: { width, height }, scale }
    this.#painter?.send(this.#sized)
  }

  /** The top layer: no ancestor's transform moves it and no z-index covers it. Showing it again makes it the topmost. */
  #keepOnTop(): void {
    this.canvas.popover = 'manual'
    this.canvas.showPopover()
    const raise = () => {
      this.canvas.hidePopover()
      this.canvas.showPopover()
    }
    document.addEventListener('fullscreenchange', raise, { signal: this.#closing.signal })
  }

  #report({ alive, launched, frames }: SkyNews): void {
    const { dataset } = this.canvas
    dataset.air = String(alive)
    dataset.crowd = String(launched)
    dataset.own = String(this.#ownLaunched)
    dataset.frames = String(frames)
  }
}
