import { BucketSize } from '../../engine/allowance.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import { isLoopback, networkOfV6 } from '../http/ip.ts'
import {
  ADDRESS_FAULTS_PER_SECOND,
  ADDRESS_PACKETS_SHARE,
  ADDRESS_WORK_SHARE,
  type EdgeLimits,
  NETWORK_SHARE,
} from './limits.ts'

/** Origins remembered after their last connection left; beyond it the oldest are forgotten, which only lets more through. */
const ORIGINS_MAX = 100_000
/** The size of a burst, in seconds of the steady rate. */
const BURST_S = 10

/** The limits of one address or, with a share above 1, of one network. */
interface OriginLimits extends Record<Spending, BucketSize> {
  connectionsMax: number
}

/** The usage of one address, or one network, and when each of its buckets is full again. */
export class Origin implements Record<Spending, number> {
  connections = 0
  connects = 0
  badTokens = 0
  bytes = 0
  packets = 0
  work = 0
  faults = 0
  readonly #limits: OriginLimits

  constructor(limits: OriginLimits) {
    this.#limits = limits
  }

  get isFull(): boolean {
    return this.connections >= this.#limits.connectionsMax
  }

  /** Returns false, without spending, while nothing is left. */
  spend(what: Spending, cost: number, now: number): boolean {
    const spent = this.#limits[what].spend(this[what], cost, now)
    this[what] = spent ?? this[what]
    return spent !== undefined
  }

  debit(what: Spending, cost: number, now: number): void {
    this[what] = this.#limits[what].debit(this[what], cost, now)
  }

  waitMs(what: Spending, now: number): number {
    return this.#limits[what].waitMs(this[what], now)
  }

  isStrained(now: number): boolean {
    return STRAINING.some((what) => this.#limits[what].isStrained(this[what], now, ADDRESS_STRAINED))
  }
}

/** What takes time of the event loop: packets and work, which are cut beyond a burst, and connections that were cut, which come again. */
const STRAINING = ['packets', 'work', 'faults'] as const satisfies Spending[]
/** The share of a burst beyond which what an address sends can wait. A crowd behind one address that comes at once uses up less. */
const ADDRESS_STRAINED = 3 / 4

export type Spending = 'connects' | 'badTokens' | 'bytes' | 'packets' | 'work' | 'faults'

/** The origins of a connection: its address and, with IPv6, its network. Empty if it is not limited. */
export type Origins = readonly Origin[]

const NOWHERE: Origins = []

/** Finds the origins of addresses. This machine's own have none, unless `limitLoopback`. */
export class OriginBook {
  readonly #address: OriginLimits
  readonly #network: OriginLimits
  readonly #limitLoopback: boolean
  readonly #known = new RecentMap<string, Origin>(ORIGINS_MAX)

  constructor({ limits, limitLoopback }: { limits: EdgeLimits; limitLoopback: boolean }) {
    this.#address = limitsOf(limits, 1)
    this.#network = limitsOf(limits, NETWORK_SHARE)
    this.#limitLoopback = limitLoopback
  }

  of(address: string): Origins {
    if (address === '' || (isLoopback(address) && !this.#limitLoopback)) return NOWHERE
    // The owner of one IPv6 address has 2^64 of them, and many subscribers have 2^80.
    const own = networkOfV6(address, 4)
    const network = networkOfV6(address, 3)
    return own === network
      ? [this.#origin(own, this.#address)]
      : [this.#origin(own, this.#address), this.#origin(`${network}::/48`, this.#network)]
  }

  #origin(key: string, limits: OriginLimits): Origin {
    const origin = this.#known.get(key) ?? new Origin(limits)
    this.#known.set(key, origin)
    return origin
  }
}

function limitsOf(limits: EdgeLimits, share: number): OriginLimits {
  const steady = (perSecond: number, burstS = BURST_S) =>
    new BucketSize({ perSecond: perSecond * share, burst: perSecond * share * burstS })
  return {
    connectionsMax: limits.addressConnectionsMax * share,
    connects: steady(limits.addressConnectsPerSecond),
    badTokens: steady(limits.addressBadTokensPerMinute / 60, 60),
    bytes: steady(limits.addressBytesPerSecond),
    packets: steady(limits.packetsPerSecondMax * ADDRESS_PACKETS_SHARE),
    work: new BucketSize({
      perSecond: limits.workPerSecondMax * ADDRESS_WORK_SHARE * share,
      burst: limits.workBurstMax * ADDRESS_WORK_SHARE * share,
    }),
    faults: steady(ADDRESS_FAULTS_PER_SECOND),
  }
}

/** Spends from every origin. Returns false if one of them had nothing left. */
export function spend(origins: Origins, what: Spending, cost: number, now: number): boolean {
  let allowed = true
  for (const origin of origins) if (!origin.spend(what, cost, now)) allowed = false
  return allowed
}

/** Charges every origin for what was used already, even into debt. */
export function debit(origins: Origins, what: Spending, cost: number, now: number): void {
  for (const origin of origins) origin.debit(what, cost, now)
}

/** Whether every origin has something left. */
export const mayStill = (origins: Origins, what: Spending, now: number): boolean =>
  origins.every((origin) => origin.waitMs(what, now) === 0)

/** Whether one of them has used up nearly all of a burst. */
export const areStrained = (origins: Origins, now: number): boolean =>
  origins.some((origin) => origin.isStrained(now))
