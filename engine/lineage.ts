/** What each edge says to the relays below it, again and again: that there is a root, and the way from it. */
export interface Pulse {
  /** Another one each time. */
  n: number
  /** Ids, from the root to who says this. */
  path: string[]
}

/** How often a root says that it is there. */
export const PULSE_MS = 1_000
/** A root that said nothing for so long is lost. */
export const LOST_MS = 5 * PULSE_MS
/** A path that is back within this time was not lost: relays stay. */
const GRACE_MS = 2_000
/** Who takes from a broker that says nothing of a root for so long is a root itself, for those below it. */
const QUIET_MS = 1_000
/** A longer path is a mistake, and not believed. */
const PATH_LENGTH_MAX = 32

/** Hexadecimal, so that what follows an id in a client id is no part of it. */
const EDGE_ID = /^[0-9a-f]{16}$/
const CLIENT_ID = /^roar-edge-([0-9a-f]{16})(?:-|$)/
/** Relays connect under the id of their edge, so that who is asked knows whether it takes from them itself. */
export const relayClientId = (id: string): string => `roar-edge-${id}`

/** Whether a client id is one of those. */
export const isEdgeClient = (clientId: string): boolean => CLIENT_ID.test(clientId)

/** Why a relay is not taken. */
export type RelayRefusal = 'circle' | 'rootless'

/** What a lineage does to the edge it is of. */
export interface LineageEffects {
  /** Says a pulse to the relays. */
  say(pulse: Pulse): void
  /** Sends the relays elsewhere: there is nothing new to pass on, or their way to here goes in a circle. */
  endRelays(): void
  /** Leaves the address that packets come from. @param options.onlyForAnother Where there is no other, stays. */
  leave(why: string, options: { onlyForAnother: boolean }): void
}

/**
 * Where an edge stands in its tree, and whether there is a root above it. Pure: the caller supplies the time.
 *
 * ```
 * root ──pulse [root]──▶ edge ──pulse [root, edge]──▶ leaf
 *
 * seesRoot ──link down, or 5 s without a new pulse──▶ takes no relay ──2 s──▶ sends its relays elsewhere: rootless
 *     ▲                                                   │                       │
 *     └───── link up, and a pulse that is new; or a broker that says nothing of a root ────┘
 * ```
 *
 * Who takes a relay has a way to a root, and the relay does not stand on that way: so no circle comes about. Where two
 * change their ways at the same moment, the new paths go round ahead of any packet, and who finds itself in one leaves.
 */
export class Lineage {
  readonly #id: string
  readonly #isRoot: boolean
  readonly #effects: LineageEffects
  /** The path to this one's parent, where it says one. */
  #above: string[] | undefined
  #lastPulse = ''
  #upSinceMs: number | undefined
  /** Since the link is there. */
  #pulses = 0
  /** A pulse has come twice. */
  #hasAll = false
  /** When the last new pulse came, or the link did. */
  #freshMs: number
  #saidMs = Number.NEGATIVE_INFINITY
  #n = 0
  #leftMs = Number.NEGATIVE_INFINITY
  /** Since when there is no root to be seen. */
  #lostSinceMs: number | undefined
  #rootless: boolean

  /** @param options.isRoot Takes packets from nobody: the process makes them. */
  constructor({ id, isRoot, now }: { id: string; isRoot: boolean; now: number }, effects: LineageEffects) {
    if (!EDGE_ID.test(id)) throw new RangeError('An edge has an id of 16 hexadecimal digits')
    this.#id = id
    this.#isRoot = isRoot
    this.#effects = effects
    this.#freshMs = now
    this.#rootless = !isRoot
    this.#lostSinceMs = isRoot ? undefined : now
  }

  /** Whether there is a way to a root now. */
  seesRoot(now: number): boolean {
    if (this.#isRoot) return true
    if (this.#upSinceMs === undefined) return false
    if (this.#above === undefined) return now - this.#upSinceMs >= QUIET_MS
    return now - this.#freshMs < LOST_MS
  }

  /**
   * Whether all that was retained above has come. A parent that is an edge says its pulse again behind all of it: pulses
   * themselves do not wait for values that a slow line has not taken yet. Anybody else has sent what it retains within `LOST_MS`.
   */
  isInStep(now: number): boolean {
    if (this.#isRoot) return true
    if (this.#upSinceMs === undefined || !this.seesRoot(now)) return false
    return this.#above === undefined
      ? now - this.#upSinceMs >= LOST_MS
      : this.#hasAll || this.#pulses > LOST_MS / PULSE_MS
  }

  /** How long there has been none, in milliseconds; 0: there is. */
  lostForMs(now: number): number {
    return this.#lostSinceMs === undefined ? 0 : now - this.#lostSinceMs
  }

  /** Age of the newest pulse of the root. */
  rootAgeMs(now: number): number {
    return this.#isRoot ? 0 : now - this.#freshMs
  }

  /** Why a relay with this client id is not taken. */
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

  /** A pulse came from above. @param text As it was published. */
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

  /** To be called twice a second, at least. */
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
    // Not one of ours.
    return undefined
  }
}
