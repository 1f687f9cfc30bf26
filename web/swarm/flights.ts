/** A rectangle in which the swarm rises, in CSS pixels of the canvas. */
export interface Lane {
  left: number
  top: number
  width: number
  height: number
}

/** Where and how one sticker is drawn at a moment. One object is filled again and again. */
export interface Spot {
  x: number
  y: number
  /** Edge of the sprite's square, CSS pixels. */
  size: number
  /** Radians. */
  tilt: number
  /** 0 to 1. */
  alpha: number
  sprite: number
}

const LIFE_MS_MIN = 2_200
const LIFE_MS_SPAN = 1_100
/** An own tap needs this long from the button to its place in the lane. */
const HOP_MS = 700
/** Where in its life a sticker begins to fade, so that it is gone before the top. */
const FADE_FROM = 0.66

/**
 * The stickers in the air. Everything random about a flight is drawn at its launch and kept in columns, so a frame
 * computes places from the time alone and allocates nothing.
 *
 * Crowd flights are refused when `limit` are in the air. An own flight never is: it takes the oldest one's place.
 */
export class Flights {
  readonly capacity: number
  readonly #random: () => number
  readonly #bornMs: Float64Array
  readonly #lifeMs: Float32Array
  readonly #sprite: Int16Array
  /** Place across the lane, 0 to 1. */
  readonly #across: Float32Array
  readonly #swayHz: Float32Array
  readonly #phase: Float32Array
  readonly #scale: Float32Array
  /** Start of an own flight, pixels; NaN for the crowd's. */
  readonly #fromX: Float32Array
  readonly #fromY: Float32Array

  constructor({ capacity = 120, random }: { capacity?: number; random: () => number }) {
    this.capacity = capacity
    this.#random = random
    this.#bornMs = new Float64Array(capacity)
    this.#lifeMs = new Float32Array(capacity)
    this.#sprite = new Int16Array(capacity)
    this.#across = new Float32Array(capacity)
    this.#swayHz = new Float32Array(capacity)
    this.#phase = new Float32Array(capacity)
    this.#scale = new Float32Array(capacity)
    this.#fromX = new Float32Array(capacity)
    this.#fromY = new Float32Array(capacity)
  }

  /** How many are in the air or about to rise. */
  alive(now: number): number {
    let alive = 0
    for (let i = 0; i < this.capacity; i++) if (this.#endMs(i) > now) alive++
    return alive
  }

  /** Launches one of the crowd's stickers at `atMs`. False when `limit` flights are in the air already. */
  launch(sprite: number, atMs: number, now: number, limit = this.capacity): boolean {
    if (this.alive(now) >= limit) return false
    this.#start(this.#freeSlot(now), sprite, atMs)
    return true
  }

  /** Launches the viewer's own sticker now, from a point of the canvas. */
  launchOwn(sprite: number, now: number, fromX: number, fromY: number): void {
    const slot = this.#freeSlot(now)
    this.#start(slot, sprite, now)
    this.#fromX[slot] = fromX
    this.#fromY[slot] = fromY
    this.#scale[slot] = 1.15
    this.#across[slot] = 0.25 + 0.5 * this.#random()
  }

  /** Forgets all flights. */
  clear(): void {
    this.#lifeMs.fill(0)
  }

  /** Fills `spot` with flight `i` at `now`. False when there is nothing to draw. */
  place(i: number, now: number, lane: Lane, spot: Spot): boolean {
    const life = this.#lifeMs[i]!
    const ageMs = now - this.#bornMs[i]!
    if (ageMs < 0 || ageMs >= life) return false
    const age = ageMs / life
    const base = Math.min(64, Math.max(26, lane.height * 0.13))
    const seconds = ageMs / 1000
    const sway = Math.sin(this.#phase[i]! + seconds * this.#swayHz[i]! * 6.283)
    const size = base * this.#scale[i]!
    spot.sprite = this.#sprite[i]!
    spot.x = lane.left + size / 2 + (lane.width - size) * this.#across[i]! + sway * size * 0.35
    // Eases out: quick off the ground, slow under the roof.
    spot.y = lane.top + lane.height - (lane.height * 0.94 - size / 2) * age * (1.35 - 0.35 * age)
    spot.tilt = sway * 0.2
    spot.alpha = age < FADE_FROM ? 1 : (1 - age) / (1 - FADE_FROM)
    spot.size = size * popAt(ageMs)
    if (!Number.isNaN(this.#fromX[i]!)) this.#hop(i, ageMs, spot)
    return true
  }

  /** Bends an own flight's first moments so that they begin at the button. */
  #hop(i: number, ageMs: number, spot: Spot): void {
    const way = Math.min(1, ageMs / HOP_MS)
    const rest = (1 - way) ** 3
    spot.x += (this.#fromX[i]! - spot.x) * rest
    spot.y += (this.#fromY[i]! - spot.y) * rest
    spot.size *= 1 + 0.5 * rest
  }

  #start(slot: number, sprite: number, atMs: number): void {
    this.#bornMs[slot] = atMs
    this.#lifeMs[slot] = LIFE_MS_MIN + LIFE_MS_SPAN * this.#random()
    this.#sprite[slot] = sprite
    this.#across[slot] = this.#random()
    this.#swayHz[slot] = 0.25 + 0.45 * this.#random()
    this.#phase[slot] = 6.283 * this.#random()
    // Many small ones and a few large: depth without a third dimension.
    this.#scale[slot] = 0.55 + 0.6 * this.#random() ** 2
    this.#fromX[slot] = Number.NaN
  }

  #freeSlot(now: number): number {
    let oldest = 0
    for (let i = 0; i < this.capacity; i++) {
      if (this.#endMs(i) <= now) return i
      if (this.#bornMs[i]! < this.#bornMs[oldest]!) oldest = i
    }
    return oldest
  }

  #endMs(i: number): number {
    return this.#bornMs[i]! + this.#lifeMs[i]!
  }
}

/** Size over the first moments: up past its size and back, as things do that pop. */
function popAt(ageMs: number): number {
  const t = Math.min(1, ageMs / 260) - 1
  return 1 + 2.7 * t * t * t + 1.7 * t * t
}
