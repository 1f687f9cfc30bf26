/** What each edge publishes to the relays below it, every second: that there is a root, and the path from it. */
export interface Pulse {
  /** Different each time. */
  n: number
  /** Ids, from the root to the sender. */
  path: string[]
}

/** How often a root publishes a pulse. */
export const PULSE_MS = 1_000
/** A root without a pulse for this long is lost. */
export const LOST_MS = 5 * PULSE_MS
/** A path that recovers within this time was not lost: relays stay. */
const GRACE_MS = 2_000
/** An edge below a broker that carries no root's pulse for this long is itself a root for those below it. */
const QUIET_MS = 1_000
/** A longer path is a mistake and is ignored. */
const PATH_LENGTH_MAX = 32

/** Hexadecimal, so that the id in a client id ends clearly. */
const EDGE_ID = /^[0-9a-f]{16}$/
const CLIENT_ID = /^roar-edge-([0-9a-f]{16})(?:-|$)/
/** Relays connect under their edge's id, so that the other side can tell whether it gets its own packets from that edge. */
export const relayClientId = (id: string): string => `roar-edge-${id}`

/** Whether a client id is one of those. */
export const isEdgeClient = (clientId: string): boolean => CLIENT_ID.test(clientId)

/** Why a relay is refused. */
export type RelayRefusal = 'circle' | 'rootless'

/** The effects of a lineage on its edge. */
export interface LineageEffects {
  /** Publishes a pulse to the relays. */
  say(pulse: Pulse): void
  /** Disconnects the relays: there is nothing new to forward, or their path here is a cycle. */
  endRelays(): void
  /** Leaves the address that packets come from. @param options.onlyForAnother Stays if there is no other address. */
  leave(why: string, options: { onlyForAnother: boolean }): void
}

/**
 * An edge's position in its tree, and whether it has a root above it. Pure: the caller supplies the time.
 *
 * ```
 * root ──pulse [root]──▶ edge ──pulse [root, edge]──▶ leaf
 *
 * seesRoot ──link down, or 5 s without a new pulse──▶ accepts no relay ──2 s──▶ disconnects its relays: rootless
 *     ▲                                                   │                       │
 *     └───── link up, and a pulse that is new; or a broker that carries no root's pulse ──┘
 * ```
 *
 * An edge accepts a relay only if it has a path to a root without that relay on it, so no cycle forms. If two edges
 * change parents at the same moment, the new paths travel ahead of any packet, and an edge that finds itself in one leaves.
 */
export class Lineage {
  readonly #id: string
  readonly #isRoot: boolean
  readonly #effects: LineageEffects
  /** The path to this edge's parent, if the parent publishes one. */
  #above: string[] | undefined
  #lastPulse = ''
  #upSinceMs: number | undefined
  /** Pulses since the link came up. */
  #pulses = 0
  /** Whether a pulse has arrived twice. */
  #hasAll = false
  /** When the last new pulse arrived, or the link came up. */
  #freshMs: number
  #saidMs = Number.NEGATIVE_INFINITY
  #n = 0
  #leftMs = Number.NEGATIVE_INFINITY
  /** Since when no root is visible. */
  #lostSinceMs: number | undefined
  #rootless: boolean

  /** @param options.isRoot Whether this process makes the packets itself. */
  constructor({ id, isRoot, now }: { id: string; isRoot: boolean; now: number }, effects: LineageEffects) {
    if (!EDGE_ID.test(id)) throw new RangeError('An edge has an id of 16 hexadecimal digits')
    this.#id = id
    this.#isRoot = isRoot
    this.#effects = effects
    this.#freshMs = now
    this.#rootless = !isRoot
    this.#lostSinceMs = isRoot ? undefined : now
  }

  /** Whether there is a path to a root now. */
  seesRoot(now: number): boolean {
    if (this.#isRoot) return true
    if (this.#upSinceMs === undefined) return false
    if (this.#above === undefined) return now - this.#upSinceMs >= QUIET_MS
    return now - this.#freshMs < LOST_MS
  }

  /**
   * Whether all retained messages of the parent have arrived. A parent edge repeats its pulse after the last of them, because a
   * pulse does not wait for values that a slow line has not accepted yet. Any other parent has sent its retained messages within
   * `LOST_MS`.
   */
  isInStep(now: number): boolean {
    if (this.#isRoot) return true
    if (this.#upSinceMs === undefined || !this.seesRoot(now)) return false
    return this.#above === undefined
      ? now - this.#upSinceMs >= LOST_MS
      : this.#hasAll || this.#pulses > LOST_MS / PULSE_MS
  }

  /** How long there has been no root, in milliseconds; 0: there is one. */
  lostForMs(now: number): number {
    return this.#lostSinceMs === undefined ? 0 : now - this.#lostSinceMs
  }

  /** Age of the root's newest pulse. */
  rootAgeMs(now: number): number {
    return this.#isRoot ? 0 : now - this.#freshMs
  }

  /** Why the relay with this client id is refused. */
  refusal(clientId: string, now: number): RelayRefusal | undefined {
    const relay = CLIENT_ID.exec(clientId)?.[1]
    if (relay !== undefined && (relay === this.#id || this.#above?.includes(relay))) return 'circle'
    return this.seesRoot(now) ? undefined : 'rootless'
  }

  linkUp(now: number): void {
    this.#upSinceMs = now
    this.#freshMs = now
    this.#above = undefined
    this.#lastPulse = ''
    this.#pulses = 0
    this.#hasAll = false
    this.tick(now)
  }

  linkDown(now: number): void {
    this.#upSinceMs = undefined
    this.tick(now)
  }

  /** Handles a pulse from the parent. @param text As it was published. */
  heard(text: string, now: number): void {
    this.#hasAll ||= text === this.#lastPulse
    const pulse = text === this.#lastPulse ? undefined : pulseIn(text)
    if (pulse === undefined || this.#isRoot) return
    if (pulse.path.includes(this.#id)) {
      this.#upSinceMs = undefined
      this.#effects.endRelays()
      this.#effects.leave('its pulses come from this edge: a loop', { onlyForAnother: false })
      return
    }
    this.#lastPulse = text
    this.#pulses++
    this.#above = pulse.path
    this.#freshMs = now
    this.#say({ n: pulse.n, path: [...pulse.path, this.#id] }, now)
    this.tick(now)
  }

  /** Must be called at least twice a second. */
  tick(now: number): void {
    if (this.seesRoot(now)) {
      this.#lostSinceMs = undefined
      this.#rootless = false
      if (this.#above === undefined && now - this.#saidMs >= PULSE_MS)
        this.#say({ n: ++this.#n, path: [this.#id] }, now)
      return
    }
    this.#lostSinceMs ??= now
    if (!this.#rootless && now - this.#lostSinceMs >= GRACE_MS) {
      this.#rootless = true
      this.#effects.endRelays()
    }
    if (this.#upSinceMs !== undefined && this.#above !== undefined && now - this.#leftMs >= LOST_MS) {
      this.#leftMs = now
      this.#effects.leave('no new pulse has come from the root', { onlyForAnother: true })
    }
  }

  #say(pulse: Pulse, now: number): void {
    this.#saidMs = now
    this.#effects.say(pulse)
  }
}

function pulseIn(text: string): Pulse | undefined {
  try {
    const { n, path } = JSON.parse(text) as Partial<Pulse>
    const isPath =
      Array.isArray(path) &&
      path.length > 0 &&
      path.length <= PATH_LENGTH_MAX &&
      path.every((id) => typeof id === 'string' && EDGE_ID.test(id))
    return typeof n === 'number' && isPath ? { n, path } : undefined
  } catch {
    // Not a pulse.
    return undefined
  }
}
