/** A first packet older than this is history: its total is shown, its reactions are not. */
const FRESH_MS = 5_000

/**
 * Whether a packet is history: the first may be retained from hours ago. A clock that is wrong costs that one packet, no more.
 * @param newestAt The time of the newest packet before it; 0: it is the first.
 * @param now By this device's clock.
 */
export const isStale = ({ at }: { at: number }, { newestAt, now }: { newestAt: number; now: number }) =>
  newestAt === 0 && Math.abs(now - at) > FRESH_MS
