import { topOf } from '../../engine/swarm.ts'
import type { MoodPacket } from '../../sdk/src/index.ts'
import { STEP_MS, type Step } from './moments.ts'

/** Stickers of one replayed step that rise, at most. */
const TOP_MAX = 6

/** A part of the show to replay. */
export interface Scene {
  from: number
  to: number
  /** Playback speed, relative to the original: 2 is twice as fast. */
  speed: number
}

/**
 * A scene as packets for the swarm, one per step, silence included. The number of stickers drawn is relative to the scene's
 * loudest step, as a live packet's is to the show's recent peak.
 * @param steps Of the scene, oldest first.
 */
export function packetsOf(steps: readonly Step[], { from, to, speed }: Scene): MoodPacket[] {
  const ms = STEP_MS / speed
  const byTime = new Map(steps.map((step) => [step.at, step]))
  const peakPerSecond = Math.max(1, ...steps.map(({ n }) => n)) / (ms / 1000)
  const packets: MoodPacket[] = []
  for (let at = from; at < to; at += STEP_MS) {
    const { n = 0, counts = {} } = byTime.get(at) ?? {}
    const top = topOf(new Map(Object.entries(counts)), { ms, peakPerSecond, topMax: TOP_MAX })
    packets.push({ at, ms, n, total: 0, top })
  }
  return packets
}

export interface ReplayOptions {
  onPacket(packet: MoodPacket): void
  /** Called with the start of the playing step; undefined once it has ended or was stopped. */
  onPlace(at: number | undefined): void
}

/** Plays one scene at a time: each packet lasts as long as it says. */
export class Replay {
  readonly #options: ReplayOptions
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: ReplayOptions) {
    this.#options = options
  }

  /** Plays these packets instead of what was playing. */
  play(packets: readonly MoodPacket[]): void {
    clearTimeout(this.#timer)
    this.#next(packets, 0)
  }

  stop(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#options.onPlace(undefined)
  }

  #next(packets: readonly MoodPacket[], place: number): void {
    const packet = packets[place]
    if (packet === undefined) {
      this.stop()
      return
    }
    this.#timer = setTimeout(() => this.#next(packets, place + 1), packet.ms)
    this.#options.onPlace(packet.at)
    this.#options.onPacket(packet)
  }
}
