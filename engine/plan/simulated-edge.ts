import { Allowance } from '../allowance.ts'

/** One process of a simulated tree: an edge with its viewers, or a relay with its children. */
export class SimulatedEdge {
  viewers = 0
  alive = true
  draining = false
  /** Until when it receives nothing: its parent has died. */
  blindUntilMs = 0
  blindSinceMs = 0
  /** The highest load, as a share of a core. */
  peak = 0
  readonly connects: Allowance
  #backlogUs = 0

  constructor(connectsPerSecond: number) {
    this.connects = new Allowance({ perSecond: connectsPerSecond, burst: 2 * connectsPerSecond })
  }

  /** Adds work. */
  owe(us: number): void {
    this.#backlogUs += us
  }

  /** Does as much of the pending work as one core can in this time. */
  work(us: number, ms: number): void {
    this.#backlogUs += us
    this.peak = Math.max(this.peak, this.#backlogUs / (ms * 1000))
    this.#backlogUs = Math.max(0, this.#backlogUs - ms * 1000)
  }

  /** How long a packet waits here before the first socket gets it. */
  get waitMs(): number {
    return this.#backlogUs / 1000
  }

  /** Restarts it without viewers. */
  restart(): void {
    Object.assign(this, { viewers: 0, alive: true, draining: false })
    this.#backlogUs = 0
  }
}
