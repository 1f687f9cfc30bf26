import { Allowance } from '../../engine/allowance.ts'
import { RecentMap } from '../../engine/recent-map.ts'
import { isLoopback, networkOfV6 } from '../http/ip.ts'
import { ADDRESS_WORK_SHARE, type EdgeLimits, NETWORK_SHARE } from './limits.ts'

/** Origins that are remembered after their last connection left; at the bound the older ones are forgotten, which lets more through and never less. */
const ORIGINS_MAX = 100_000
/** What may come at once, in seconds of what may come steadily. */
const BURST_S = 10

/** What one address, or one network, has here and what it may still do. */
export interface Origin {
  connections: number
  readonly connectionsMax: number
  readonly connects: Allowance
  readonly badTokens: Allowance
  readonly bytes: Allowance
  readonly work: Allowance
}

export type Spending = 'connects' | 'badTokens' | 'bytes' | 'work'

/** Where a connection comes from: its address and, in IPv6, its network. None for who is not limited. */
export type Origins = readonly Origin[]

const NOWHERE: Origins = []

/** Finds the origins of addresses. Those of this machine have none, unless `limitLoopback`. */
export class OriginBook {
  readonly #limits: EdgeLimits
  readonly #limitLoopback: boolean
  readonly #known = new RecentMap<string, Origin>(ORIGINS_MAX)

  constructor({ limits, limitLoopback }: { limits: EdgeLimits; limitLoopback: boolean }) {
    this.#limits = limits
    this.#limitLoopback = limitLoopback
  }

  of(address: string): Origins {
    if (address === '' || (isLoopback(address) && !this.#limitLoopback)) return NOWHERE
    // Who has one IPv6 address has 2^64 of them, and many a subscriber 2^80.
    const own = networkOfV6(address, 4)
    const network = networkOfV6(address, 3)
    return own === network
      ? [this.#origin(own, 1)]
      : [this.#origin(own, 1), this.#origin(`${network}::/48`, NETWORK_SHARE)]
  }

  #origin(key: string, share: number): Origin {
    const origin = this.#known.get(key) ?? newOrigin(this.#limits, share)
    this.#known.set(key, origin)
    return origin
  }
}

function newOrigin(limits: EdgeLimits, share: number): Origin {
  const steady = (perSecond: number, burstS = BURST_S) =>
    new Allowance({ perSecond: perSecond * share, burst: perSecond * share * burstS })
  return {
    connections: 0,
    connectionsMax: limits.addressConnectionsMax * share,
    connects: steady(limits.addressConnectsPerSecond),
    badTokens: steady(limits.addressBadTokensPerMinute / 60, 60),
    bytes: steady(limits.addressBytesPerSecond),
    work: new Allowance({
      perSecond: limits.workPerSecondMax * ADDRESS_WORK_SHARE * share,
      burst: limits.workBurstMax * ADDRESS_WORK_SHARE * share,
    }),
  }
}

/** Spends from every origin. Returns false when one of them had nothing left. */
export function spend(origins: Origins, what: Spending, cost: number, now: number): boolean {
  let allowed = true
  for (const origin of origins) if (!origin[what].spend(cost, now)) allowed = false
  return allowed
}

/** Whether every origin has something left. */
export const mayStill = (origins: Origins, what: Spending, now: number): boolean =>
  origins.every((origin) => origin[what].waitMs(now) === 0)
