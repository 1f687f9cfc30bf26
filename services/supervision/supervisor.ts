import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'

/**
 * What a part of this process is doing.
 *
 * ```
 * starting ──▶ working ◀──▶ waiting      waiting: it cannot do its work now and keeps trying; gives the reason
 *     └───────────┴────────────┴──▶ failed    it cannot go on: the process ends, so that its supervisor restarts it
 * ```
 */
export type PartState =
  | { state: 'starting' }
  | { state: 'working' }
  | { state: 'waiting'; reason: string; sinceMs: number }
  | { state: 'failed'; reason: string }

/** What a process serves: a balancer checks one of them, `/readyz/taps`; `/readyz` checks all. */
export const PURPOSES = ['taps', 'votes', 'packets', 'studio'] as const
export type Purpose = (typeof PURPOSES)[number]

/** How one part reports its state. Repeating a state is free: only a change is logged. */
export interface Health {
  working(): void
  /** @param reason Completes "waiting: …", such as "the store does not answer". */
  waiting(reason: string): void
  /** The part cannot go on: the process drains and ends with 1. */
  failed(cause: unknown): void
}

/** Distinct reasons logged for one outage: several addresses tried in turn have one each. */
const LOGGED_REASONS_MAX = 8

interface Part {
  neededFor: readonly Purpose[]
  state: PartState
  /** Reasons logged for the present outage. */
  logged: Set<string>
  /** When the present or last outage began, by a clock that nobody sets. */
  brokenMs: number
}

/**
 * The single source of a process's state: every part registers here, and readiness, log, metrics and exit code follow from it.
 * Each change of state is logged once, retries are not.
 */
export class Supervisor {
  readonly #parts = new Map<string, Part>()
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #failed = Promise.withResolvers<never>()
  #draining = false

  constructor({ clock, logger }: { clock: Clock; logger: Logger }) {
    this.#clock = clock
    this.#logger = logger
    // Callers may ignore a failure.
    this.#failed.promise.catch(() => {})
  }

  /** Rejects when a part has failed, with a sentence that names it. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /**
   * Adds a part, in state `starting`.
   * @param neededFor What this process cannot do without it. Empty: its state is shown but does not affect readiness.
   */
  register(name: string, { neededFor }: { neededFor: readonly Purpose[] }): Health {
    if (this.#parts.has(name)) throw new Error(`two parts are called ${name}`)
    const part: Part = { neededFor, state: { state: 'starting' }, logged: new Set(), brokenMs: 0 }
    this.#parts.set(name, part)
    return {
      working: () => this.#change(name, part, { state: 'working' }),
      waiting: (reason) => this.#change(name, part, { state: 'waiting', reason, sinceMs: this.#clock.now() }),
      failed: (cause) => this.#fail(name, part, cause),
    }
  }

  #change(name: string, part: Part, next: PartState): void {
    const before = part.state
    if (before.state === 'failed') return
    if (before.state === next.state && reasonOf(before) === reasonOf(next)) return
    // An outage has one beginning, whatever its successive reasons.
    if (before.state === 'waiting' && next.state === 'waiting') next = { ...next, sinceMs: before.sinceMs }
    else if (next.state === 'waiting') part.brokenMs = this.#clock.passedMs()
    part.state = next
    if (next.state === 'waiting') this.#logReason(name, part, next.reason)
    else if (before.state === 'waiting') {
      part.logged.clear()
      const waitedMs = Math.round(this.#clock.passedMs() - part.brokenMs)
      this.#logger.info({ part: name, waitedMs }, `${name} is working again`)
    }
  }

  #logReason(name: string, { logged }: Part, reason: string): void {
    if (logged.has(reason) || logged.size >= LOGGED_REASONS_MAX) return
    logged.add(reason)
    this.#logger.warn({ part: name }, `${name} is waiting: ${reason}`)
  }

  #fail(name: string, part: Part, cause: unknown): void {
    if (part.state.state === 'failed') return
    const reason = cause instanceof Error ? cause.message : String(cause)
    part.state = { state: 'failed', reason }
    this.#logger.fatal({ part: name, err: cause }, `${name} failed: ${reason}`)
    this.#failed.reject(new Error(`${name} failed: ${reason}`, { cause }))
  }

  /** From now on this process must get no more work, whatever its parts do. */
  drain(): void {
    this.#draining = true
  }

  /** Whether any part is needed for it: otherwise this process never does that work. */
  serves(purpose: Purpose): boolean {
    return [...this.#parts.values()].some(({ neededFor }) => neededFor.includes(purpose))
  }

  /** The state of each part, by name, in order of registration. */
  states(): Record<string, PartState> {
    return Object.fromEntries([...this.#parts].map(([name, { state }]) => [name, state]))
  }

  /** Why this process cannot serve the purpose now; undefined: it can. Default: all its purposes. */
  trouble(purpose?: Purpose): string | undefined {
    if (this.#draining) return 'the server is stopping'
    for (const [name, { neededFor, state }] of this.#parts) {
      if (neededFor.length === 0 || state.state === 'working') continue
      if (purpose !== undefined && !neededFor.includes(purpose)) continue
      return wordsOf(name, state)
    }
    return undefined
  }
}

const reasonOf = (state: PartState): string | undefined => ('reason' in state ? state.reason : undefined)

/** A part's state, in a sentence. */
export function wordsOf(name: string, part: PartState): string {
  switch (part.state) {
    case 'waiting':
      return `${name} is waiting: ${part.reason}`
    case 'failed':
      return `${name} has failed: ${part.reason}`
    default:
      return `${name} is ${part.state}`
  }
}
