/** The rectangle in which the swarm rises, CSS pixels. */
export interface Lane {
  width: number
  height: number
}

/** Where and how one sticker is drawn at a moment. The object is reused. */
export interface Spot {
  x: number
  y: number
  /** Edge of the sprite's square, CSS pixels. */
  size: number
  /** Index of the sprite's tilt. */
  tilt: number
  /** 0 to 1. */
  alpha: number
  sprite: number
}

/** Every sprite is rasterised leaning left, upright and leaning right: rotating pixels in each frame costs four times as much. */
export const TILTS = 3
/** Edge of one sprite, device pixels: the largest that a sticker is drawn on a high-resolution phone. */
export const SPRITE_PX = 128

const LIFE_MS_MIN = 2_200
const LIFE_MS_SPAN = 1_100
export const LIFE_MS_MEAN = LIFE_MS_MIN + LIFE_MS_SPAN / 2
/** Fraction of its life after which a sticker fades, so that it is gone before the top. */
const FADE_FROM = 0.66

/**
 * The stickers in the air. Everything random about a flight is drawn at its launch and kept in columns, so a frame computes
 * positions from the time alone and allocates nothing. While `limit` are in the air, no more are launched.
 */
export class Flights {
  readonly capacity: number
  readonly #random: () => number
  readonly #bornMs: Float64Array
  readonly #lifeMs: Float32Array
  readonly #sprite: Int16Array
  /** Horizontal position in the lane, 0 to 1. */
  readonly #across: Float32Array
  readonly #swayHz: Float32Array
  readonly #phase: Float32Array
  readonly #scale: Float32Array
  readonly #tilt: Uint8Array

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
    this.#tilt = new Uint8Array(capacity)
  }

  /** How many are in the air or about to rise. */
  alive(now: number): number {
    let alive = 0
    for (let i = 0; i < this.capacity; i++) if (this.#endMs(i) > now) alive++
    return alive
  }

  /** Launches a sticker at `atMs`. False if `limit` are in the air already. */
  launch(sprite: number, atMs: number, now: number, limit = this.capacity): boolean {
    if (this.alive(now) >= Math.min(limit, this.capacity)) return false
    const slot = this.#freeSlot(now)
    this.#bornMs[slot] = atMs
    this.#lifeMs[slot] = LIFE_MS_MIN + LIFE_MS_SPAN * this.#random()
    this.#sprite[slot] = sprite
    this.#across[slot] = this.#random()
    this.#tilt[slot] = Math.floor(this.#random() * TILTS)
    this.#swayHz[slot] = 0.25 + 0.45 * this.#random()
    this.#phase[slot] = 6.283 * this.#random()
    // Many small and a few large ones suggest depth.
    this.#scale[slot] = 0.55 + 0.6 * this.#random() ** 2
    return true
  }

  /** Removes all flights. */
  clear(): void {
    this.#lifeMs.fill(0)
  }

  /** Fills `spot` with flight `i` at `now`. False if there is nothing to draw. */
  place(i: number, now: number, lane: Lane, spot: Spot): boolean {
    const life = this.#lifeMs[i]!
    const ageMs = now - this.#bornMs[i]!
    if (ageMs < 0 || ageMs >= life) return false
    const age = ageMs / life
    const base = Math.min(64, lane.width * 0.48, Math.max(26, lane.height * 0.13))
    const seconds = ageMs / 1000
    const sway = Math.sin(this.#phase[i]! + seconds * this.#swayHz[i]! * 6.283)
    const size = base * this.#scale[i]!
    spot.sprite = this.#sprite[i]!
    // It stays inside the lane even with its sway, and at its largest while it pops.
    const room = Math.max(0, lane.width - size * 1.8)
    spot.x = (lane.width - room) / 2 + room * this.#across[i]! + sway * size * 0.35
    // Ease-out: fast at the bottom, slow near the top.
    spot.y = lane.height - (lane.height * 0.94 - size / 2) * age * (1.35 - 0.35 * age)
    spot.tilt = this.#tilt[i]!
    spot.alpha = age < FADE_FROM ? 1 : (1 - age) / (1 - FADE_FROM)
    spot.size = size * popAt(ageMs)
    return true
  }

  #freeSlot(now: number): number {
    let i = 0
    while (this.#endMs(i) > now) i++
    return i
  }

  #endMs(i: number): number {
    return this.#bornMs[i]! + this.#lifeMs[i]!
  }
}

/** Pop effect in the first moments: the size overshoots and settles. */
function popAt(ageMs: number): number {
  const t = Math.min(1, ageMs / 260) - 1
  return 1 + 2.7 * t * t * t + 1.7 * t * t
}
