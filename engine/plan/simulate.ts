import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import type { EdgeReport, FleetPacket } from '../../protocol/fleet.ts'
import { REPORT_MS } from '../../protocol/viewers.ts'
import { FLEET_MS, fleetPacket, LEAVING_PER_SECOND } from '../fleet.ts'
import { LOST_MS } from '../lineage.ts'
import { Times } from './histogram.ts'
import { type CostValues, MEASURED, type Plan } from './plan.ts'
import { SimulatedEdge } from './simulated-edge.ts'

/** How clients reconnect, and how fast edges accept them. */
export interface SimulationSettings {
  retry: Backoff
  connectsPerSecond: number
  /** Whether the show names edges with room; otherwise clients choose any. */
  isSteered: boolean
}

/** As `@roar/client` does it: full jitter on the first retry, too. */
export const JITTERED: Backoff = { firstMs: 5_000, maxMs: 30_000, jitter: 1 }
/** As many other clients do it: every second, all at once. */
export const IN_STEP: Backoff = { firstMs: 1_000, maxMs: 1_000, jitter: 0 }

/** The outcome of a simulation. Times in milliseconds. */
export interface SimulationResult {
  /** From the root to a viewer, over all packets of the run. */
  delayP50Ms: number
  delayP99Ms: number
  /** Time without a packet, of viewers whose connection or whose edge's parent was lost. */
  gapP50Ms: number
  gapP99Ms: number
  /** The busiest process of each level, as a share of a core; above 1: work had to wait. */
  edgePeak: number
  relayPeak: number
  /** Connection attempts refused by an edge, and those to a dead one. */
  refused: number
  failed: number
  /** Viewers at the end, and how long after the last trouble all but one in a thousand were back; 0 without trouble. */
  viewers: number
  backAfterMs: number
}

const STEP_MS = 100
/** How soon a client follows a redirect, and how many it follows in a row. */
const HINT_MS = 1_000
const HINTS_MAX = 3
/** Until a client notices that a dead edge does not answer. */
const DEAD_MS = 1_000
/** The longest first backoff of a link: an edge whose parent was silent for `LOST_MS` has another parent after it. */
const PARENT_RETRY_MS = 500
const PLACES = [0.25, 0.5, 0.75, 1]

/** Identical viewers on their way to an edge. */
interface Cohort {
  viewers: number
  tries: number
  hints: number
  sinceMs: number
  /** A first connection is no gap. */
  isNew: boolean
  /** Whether they choose among the edges named as having room; otherwise among all. */
  isSent: boolean
}

/**
 * A tree and its crowd in virtual time. Every edge and relay is simulated; viewers are only counted. The choice of edges
 * (`fleetPacket`), backoff and accept rate are the production code; the costs of work were measured. Pure: the same `random`
 * gives the same run.
 */
export class Simulation {
  readonly edges: SimulatedEdge[]
  readonly relays: SimulatedEdge[]
  nowMs = 0
  readonly #plan: Plan
  readonly #costs: CostValues
  readonly #settings: SimulationSettings
  readonly #random: () => number
  readonly #coming = new Map<number, Map<string, Cohort>>()
  readonly #delays = new Times()
  readonly #gaps = new Times()
  readonly #restarts: { edge: SimulatedEdge; atMs: number }[] = []
  #reports: EdgeReport[] = []
  #fleet: FleetPacket | undefined
  #refused = 0
  #failed = 0
  /** Undefined: no trouble yet. */
  #troubleMs: number | undefined
  #backMs = 0
  #all = 0

  constructor(
    plan: Plan,
    {
      settings,
      random,
      costs = MEASURED,
    }: { settings: SimulationSettings; random: () => number; costs?: CostValues },
  ) {
    this.#plan = plan
    this.#settings = settings
    this.#random = random
    this.#costs = costs
    const { edges, relays } = plan.values as { edges: number; relays: number }
    const process = () => new SimulatedEdge(settings.connectsPerSecond)
    this.edges = Array.from({ length: edges }, process)
    this.relays = Array.from({ length: Math.max(1, relays) }, process)
  }

  /** Places viewers evenly, already connected. */
  fill(viewers: number): void {
    for (const [i, share] of split(viewers, this.edges.length).entries()) this.edges[i]!.viewers = share
    this.#all = viewers
  }

  /** Adds viewers who connect in the next step. */
  arrive(viewers: number): void {
    this.#all += viewers
    this.#send(this.nowMs, { viewers, tries: 0, hints: 0, sinceMs: this.nowMs, isNew: true, isSent: true })
  }

  /** Kills edges with all their viewers; `backInMs` later others replace them. */
  kill(edges: readonly number[], backInMs: number): void {
    this.#trouble()
    for (const i of edges) {
      const edge = this.edges[i]!
      this.#lose(edge.viewers)
      edge.viewers = 0
      edge.alive = false
      this.#restarts.push({ edge, atMs: this.nowMs + backInMs })
    }
  }

  /** Kills a relay: its edges keep their viewers, and receive nothing until they have another parent. */
  killRelay(relay: number, backInMs: number): void {
    this.#trouble()
    this.relays[relay]!.alive = false
    this.#restarts.push({ edge: this.relays[relay]!, atMs: this.nowMs + backInMs })
    for (let i = relay; i < this.edges.length; i += this.relays.length) {
      this.edges[i]!.blindSinceMs = this.nowMs
      this.edges[i]!.blindUntilMs = this.nowMs + LOST_MS + this.#random() * PARENT_RETRY_MS
    }
  }

  /** Makes edges send their viewers away. */
  drain(edges: readonly number[]): void {
    this.#trouble()
    for (const i of edges) this.edges[i]!.draining = true
  }

  /** Cuts every viewer's connection at once. */
  cutAll(): void {
    this.#trouble()
    for (const edge of this.edges) {
      this.#lose(edge.viewers)
      edge.viewers = 0
    }
  }

  get connected(): number {
    return this.edges.reduce((sum, { viewers }) => sum + viewers, 0)
  }

  step(): void {
    this.#restart()
    if (this.nowMs % REPORT_MS === 0) this.#reports = this.edges.map((edge, i) => this.#reportOf(edge, i))
    if (this.nowMs % FLEET_MS === 0) {
      const fleet = new Map(this.#reports.map((report, i) => [`${i}`, report]))
      this.#fleet = fleetPacket(fleet, { at: this.nowMs, random: this.#random })
    }
    this.#drainStep()
    const due = this.#coming.get(this.nowMs)
    this.#coming.delete(this.nowMs)
    for (const cohort of due?.values() ?? []) this.#come(cohort)
    this.#deliver()
    if (this.connected < 0.999 * this.#all) this.#backMs = this.nowMs + STEP_MS
    this.nowMs += STEP_MS
  }

  result(): SimulationResult {
    const peak = (all: SimulatedEdge[]) => all.reduce((most, edge) => Math.max(most, edge.peak), 0)
    return {
      delayP50Ms: this.#delays.percentile(0.5),
      delayP99Ms: this.#delays.percentile(0.99),
      gapP50Ms: this.#gaps.percentile(0.5),
      gapP99Ms: this.#gaps.percentile(0.99),
      edgePeak: peak(this.edges),
      relayPeak: peak(this.relays),
      refused: this.#refused,
      failed: this.#failed,
      viewers: this.connected,
      backAfterMs: Math.max(0, this.#backMs - (this.#troubleMs ?? this.#backMs)),
    }
  }

  #trouble(): void {
    this.#troubleMs = this.nowMs
  }

  #reportOf({ viewers, alive, draining }: SimulatedEdge, i: number): EdgeReport {
    const state = alive ? (draining ? 'draining' : 'ready') : 'waiting'
    return { urls: [`${i}`], connections: viewers, limit: this.#plan.values.edgeViewers!, state }
  }

  #restart(): void {
    for (const { edge, atMs } of this.#restarts) if (atMs === this.nowMs) edge.restart()
  }

  #drainStep(): void {
    for (const edge of this.edges) {
      if (!edge.draining) continue
      const some = Math.min(
        edge.viewers,
        Math.ceil((this.#plan.values.edgeViewers! * LEAVING_PER_SECOND * STEP_MS) / 1000),
      )
      edge.viewers -= some
      this.#sendOn({ viewers: some, tries: 0, hints: 0, sinceMs: this.nowMs, isNew: false, isSent: true })
      if (edge.viewers === 0) edge.restart()
    }
  }

  #lose(viewers: number): void {
    // Each viewer knows other addresses: those that were named when it arrived.
    this.#retry({ viewers, tries: 0, hints: 0, sinceMs: this.nowMs, isNew: false, isSent: false })
  }

  /** Retries after the clients' backoff, spread evenly over its random part. */
  #retry(cohort: Cohort, afterMs = 0): void {
    const tries = cohort.tries + 1
    const [soonestMs, latestMs] = [() => 0, () => 1].map((chance) =>
      backoffMs(tries, this.#settings.retry, chance),
    )
    const steps = Math.max(1, Math.round((latestMs! - soonestMs!) / STEP_MS))
    for (const [i, viewers] of split(cohort.viewers, steps, this.#random).entries())
      this.#send(this.nowMs + afterMs + soonestMs! + i * STEP_MS, { ...cohort, viewers, tries })
  }

  /** Follows a redirect within a second. */
  #sendOn(cohort: Cohort): void {
    if (cohort.hints >= HINTS_MAX || !this.#settings.isSteered) {
      this.#retry({ ...cohort, isSent: this.#settings.isSteered })
      return
    }
    const steps = HINT_MS / STEP_MS
    for (const [i, viewers] of split(cohort.viewers, steps, this.#random).entries())
      this.#send(this.nowMs + i * STEP_MS, { ...cohort, viewers, hints: cohort.hints + 1, isSent: true })
  }

  #send(atMs: number, cohort: Cohort): void {
    if (cohort.viewers === 0) return
    const stepMs = Math.max(this.nowMs + STEP_MS, Math.ceil(atMs / STEP_MS) * STEP_MS)
    const all = this.#coming.get(stepMs) ?? new Map<string, Cohort>()
    this.#coming.set(stepMs, all)
    const { tries, hints, sinceMs, isNew, isSent } = cohort
    const name = `${tries} ${hints} ${sinceMs} ${isNew} ${isSent}`
    const alike = all.get(name)
    if (alike) alike.viewers += cohort.viewers
    else all.set(name, { ...cohort })
  }

  #come(cohort: Cohort): void {
    const turnedAway = { full: 0, rushed: 0, failed: 0 }
    for (const [edge, viewers] of this.#choose(cohort)) this.#knock(edge, { ...cohort, viewers }, turnedAway)
    this.#refused += turnedAway.full + turnedAway.rushed
    this.#failed += turnedAway.failed
    this.#sendOn({ ...cohort, viewers: turnedAway.full })
    this.#retry({ ...cohort, viewers: turnedAway.rushed, isSent: false })
    this.#retry({ ...cohort, viewers: turnedAway.failed, isSent: true }, DEAD_MS)
  }

  /** How many of a cohort go to which edge: by the published weights, or to any. */
  #choose({ viewers, isSent }: Cohort): [SimulatedEdge, number][] {
    const named = this.#settings.isSteered && isSent ? (this.#fleet?.edges ?? []) : []
    const weight = named.reduce((sum, edge) => sum + edge.weight, 0)
    if (weight === 0)
      return split(viewers, this.edges.length, this.#random).map((share, i) => [this.edges[i]!, share])
    let left = viewers
    return named.map((edge, i) => {
      const share =
        i === named.length - 1 ? left : Math.min(left, Math.round((viewers * edge.weight) / weight))
      left -= share
      return [this.edges[Number(edge.urls[0])]!, share]
    })
  }

  #knock(
    edge: SimulatedEdge,
    cohort: Cohort,
    turnedAway: { full: number; rushed: number; failed: number },
  ): void {
    if (cohort.viewers === 0) return
    if (!edge.alive) {
      turnedAway.failed += cohort.viewers
      return
    }
    const room = edge.draining ? 0 : this.#plan.values.edgeViewers! - edge.viewers
    const mayCome = Math.max(0, Math.min(cohort.viewers, room))
    let taken = 0
    // In lots, because hundreds may be accepted at once.
    const lot = Math.max(1, Math.ceil(mayCome / 50))
    while (taken < mayCome && edge.connects.spend(Math.min(lot, mayCome - taken), this.nowMs))
      taken += Math.min(lot, mayCome - taken)
    edge.viewers += taken
    edge.owe(taken * this.#costs.connectUs)
    if (!cohort.isNew) this.#gaps.add(this.nowMs - cohort.sinceMs, taken)
    turnedAway.full += cohort.viewers - mayCome
    turnedAway.rushed += mayCome - taken
  }

  /** One step's packets on every level, and their delays. */
  #deliver(): void {
    const { packetsPerSecond, hopMs } = this.#plan.inputs
    const { deliveryUs, treePacketsPerSecond, levels } = this.#plan.values as Record<string, number>
    const share = STEP_MS / 1000
    const alive = this.relays.filter((relay) => relay.alive)
    const children = this.edges.length / Math.max(1, alive.length)
    for (const relay of alive) relay.work(children * treePacketsPerSecond! * deliveryUs! * share, STEP_MS)
    const aboveMs = (levels! + 1) * hopMs + ((levels! + 1) * children * deliveryUs!) / 1000
    for (const [i, edge] of this.edges.entries()) {
      if (!edge.alive) continue
      edge.work(edge.viewers * packetsPerSecond * deliveryUs! * share, STEP_MS)
      if (this.nowMs < edge.blindUntilMs) continue
      if (edge.blindUntilMs > 0) {
        this.#gaps.add(this.nowMs - edge.blindSinceMs, edge.viewers)
        edge.blindUntilMs = 0
      }
      const relay = this.relays[i % this.relays.length]!
      const firstMs = aboveMs + relay.waitMs + edge.waitMs
      for (const place of PLACES)
        this.#delays.add(firstMs + (place * edge.viewers * deliveryUs!) / 1000, edge.viewers / PLACES.length)
    }
  }
}

/** Splits a whole number into parts that differ by at most one; without randomness the first ones are larger. */
function split(whole: number, parts: number, random: () => number = () => 0): number[] {
  const each = Math.floor(whole / parts)
  const more = whole - each * parts
  const first = Math.floor(random() * parts)
  return Array.from({ length: parts }, (_, i) => each + Number((i - first + parts) % parts < more))
}
